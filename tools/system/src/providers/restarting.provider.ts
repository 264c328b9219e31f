import { setTimeout as delay } from 'node:timers/promises';
import { checkPorts, type PortUse } from '../machine/needed-ports.ts';
import { SYSTEM, type Output } from '../printing/output.ts';
import { RestartDelays } from '../processes/restart-delays.ts';
import type { Need, Servers } from '../system.ts';
import type { Provider } from './provider.ts';

/** Runs another provider and, once it has started, restarts it after a growing delay whenever it ends, however often that fails. */
export class RestartingProvider implements Provider {
  readonly name: string;
  readonly provides: readonly Need[];
  readonly ports: readonly PortUse[];
  readonly #provider: Provider;
  readonly #output: Output;
  readonly #delays: RestartDelays;
  readonly #stopping = new AbortController();
  #restarting = Promise.resolve();

  constructor(provider: Provider, output: Output, delays = new RestartDelays()) {
    ({ name: this.name, provides: this.provides, ports: this.ports } = provider);
    this.#provider = provider;
    this.#output = output;
    this.#delays = delays;
  }

  check(): Promise<void> {
    return this.#provider.check();
  }

  /** The first start may fail: there may be something to install. */
  async start(): Promise<Servers> {
    const servers = await this.#provider.start();
    this.#output(SYSTEM, `${this.name}: ready`);
    this.#watch();
    return servers;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#provider.signal)
      throw new Error(`cannot send ${signal} to ${this.name}: it is not a process of this run`);
    this.#provider.signal(signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#provider.stop();
    await this.#restarting;
    await this.#provider.stop(); // it may have been started meanwhile
  }

  kill(): void {
    this.#stopping.abort();
    this.#provider.kill();
  }

  #watch(): void {
    const { ended } = this.#provider;
    const startedAt = Date.now();
    const restart = () => {
      if (this.#stopping.signal.aborted) return;
      this.#restarting = this.#restart('exited unexpectedly', Date.now() - startedAt);
    };
    if (ended?.aborted) restart();
    else ended?.addEventListener('abort', restart, { once: true });
  }

  async #restart(why: string, lived: number): Promise<void> {
    const { signal } = this.#stopping;
    const wait = this.#delays.next(lived);
    this.#output(SYSTEM, `${this.name}: ${why}; restarting in ${wait / 1000} s`);
    try {
      await this.#provider.stop(); // RabbitMQ has a second process
      await delay(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await checkPorts(this.ports, undefined, 0); // something else might answer in its place
      await this.start();
    } catch (error) {
      if (!signal.aborted) await this.#restart((error as Error).message.replaceAll('\n', '; '), 0);
    }
  }
}

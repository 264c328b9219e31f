import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { RestartDelays } from '../processes/restart-delays.ts';
import type { PortUse } from '../machine/needed-ports.ts';
import { StartError } from '../start.error.ts';
import type { Provider } from './provider.ts';
import { RestartingProvider } from './restarting.provider.ts';

const events = new EventEmitter();
let lines: string[];
let fake: FakeProvider;
let provider: RestartingProvider;
beforeEach(() => {
  lines = [];
  fake = new FakeProvider();
  provider = create();
});
const create = () =>
  new RestartingProvider(fake, (_, line) => lines.push(line) && events.emit('line'), new RestartDelays(10));
const seen = async (count: number) => {
  while (lines.length < count) await once(events, 'line');
  return lines;
};

describe('a provider', () => {
  it('is started again when it ends', async () => {
    expect(await provider.start()).toEqual({ kafka: 'here' });
    fake.end();

    expect(await seen(3)).toEqual(['fake: ready', 'fake: exited unexpectedly; restarting in 0.01 s', 'fake: ready']);
    expect(fake.did).toEqual(['start', 'stop', 'start']);
  });

  it('is started again however often that fails, after delays that grow', async () => {
    await provider.start();
    fake.failures = 3;
    fake.end();

    expect(await seen(6)).toEqual([
      'fake: ready',
      'fake: exited unexpectedly; restarting in 0.01 s',
      'fake: cannot start yet; restarting in 0.02 s',
      'fake: cannot start yet; restarting in 0.04 s',
      'fake: cannot start yet; restarting in 0.08 s',
      'fake: ready',
    ]);
  });

  it('is started again once its port is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    fake.ports = [{ port, neededBy: 'fake' }];
    provider = create();
    await provider.start();
    fake.end();
    await seen(4);
    expect(lines[3]).toBe(
      `fake: Port ${port} is in use, but fake needs it: stop the program that listens on it; restarting in 0.04 s`,
    );

    other.close();

    while (lines.at(-1) !== 'fake: ready') await seen(lines.length + 1);
    expect(fake.did.filter((what) => what === 'start')).toHaveLength(2);
  });

  it('is started again if it ends as soon as it has started', async () => {
    fake.endsAtOnce = true;
    await provider.start();
    expect(await seen(3)).toEqual(['fake: ready', 'fake: exited unexpectedly; restarting in 0.01 s', 'fake: ready']);
  });

  it('is not started again if the first start fails', async () => {
    fake.failures = 1;
    await expect(provider.start()).rejects.toThrow('cannot start yet');
    expect(fake.did).toEqual(['start']);
  });

  it('is not started again once it was stopped, nor while it waits for that', async () => {
    await provider.start();
    await provider.stop();
    expect(lines).toEqual(['fake: ready']);

    provider = create();
    await provider.start();
    fake.end();
    await provider.stop();
    expect(lines.slice(2)).toEqual(['fake: exited unexpectedly; restarting in 0.01 s']);
    expect(fake.did.at(-1)).toBe('stop');
  });
});

/** Does what the test says, and remembers what it was told. */
class FakeProvider implements Provider {
  readonly name = 'fake';
  readonly provides = ['kafka'] as const;
  ports: PortUse[] = [];
  failures = 0;
  endsAtOnce = false;
  readonly did: string[] = [];
  #server = new AbortController();

  get ended(): AbortSignal {
    return this.#server.signal;
  }

  async check(): Promise<void> {}

  async start() {
    this.did.push('start');
    if (this.failures-- > 0) throw new StartError('cannot start yet');
    this.#server = new AbortController();
    if (this.endsAtOnce) this.end();
    this.endsAtOnce = false;
    return { kafka: 'here' };
  }

  end(): void {
    this.#server.abort();
  }

  async stop(): Promise<void> {
    this.did.push('stop');
    this.end();
  }

  kill(): void {}
}

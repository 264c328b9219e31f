import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM, type Output } from '../printing/output.ts';
import { RestartDelays } from './restart-delays.ts';

/** An app to run: `main` in its folder, with this environment. Times are in milliseconds. */
export interface AppOptions {
  name: string;
  folder: string;
  /** The file of its bundle; relative to the folder, or anywhere. */
  main?: string;
  environment: Record<string, string>;
  output: Output;
  /** How long it may take to finish what is in flight after SIGTERM. */
  stopLimit?: number;
}

const PRELOAD = new URL('exit-with-parent.ts', import.meta.url).href;

/** Runs one app, and restarts it after a growing delay when it crashes. */
export class AppProcess {
  readonly #options: AppOptions;
  #child: ChildProcess | undefined;
  readonly #delays = new RestartDelays();
  /** The process that restart() or crash() ends. */
  #restarted: ChildProcess | undefined;
  readonly #stopping = new AbortController();

  constructor(options: AppOptions) {
    this.#options = options;
  }

  start(): void {
    const { name, folder, main = 'dist/main.js', environment, output } = this.#options;
    const child = spawn(process.execPath, ['--import', PRELOAD, '--enable-source-maps', main], {
      cwd: folder,
      env: { ...process.env, ...environment },
      detached: true, // Ctrl-C goes to start-system.ts alone, which stops the apps in order
      stdio: ['pipe', 'pipe', 'pipe'], // stdin ends when this process is gone: see exit-with-parent.ts
    });
    const startedAt = Date.now();
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => output(name, line));
    child.stdin.on('error', () => {}); // the app may have exited first
    child.once('error', (error) => output(SYSTEM, `cannot start ${name}: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (this.#stopping.signal.aborted || child === this.#restarted) return;
      void this.#restart(signal ? `was killed by ${signal}` : `exited with code ${code}`, Date.now() - startedAt);
    });
  }

  /** SIGTERM, so that it finishes what is in flight; SIGKILL at the limit. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
  }

  /** Stops it in the same way, and starts it again at once, as a deployment does. */
  async restart(): Promise<void> {
    this.#restarted = this.#child;
    await this.#end();
    if (!this.#stopping.signal.aborted) this.start();
  }

  /** Kills it, and starts it again at once. */
  async crash(): Promise<void> {
    this.#restarted = this.#child;
    await this.#end('SIGKILL');
    if (!this.#stopping.signal.aborted) this.start();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it at once. */
  kill(): void {
    this.#stopping.abort();
    this.#child?.kill('SIGKILL');
  }

  async #end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const { stopLimit = 15_000 } = this.#options;
    const timer = setTimeout(() => this.#killSlow(child, stopLimit), stopLimit);
    await ended;
    clearTimeout(timer);
  }

  #killSlow(child: ChildProcess, limit: number): void {
    this.#options.output(SYSTEM, `${this.#options.name} did not stop within ${limit / 1000} s; killing it`);
    child.kill('SIGKILL');
  }

  async #restart(how: string, lived: number): Promise<void> {
    const { name, output } = this.#options;
    const wait = this.#delays.next(lived);
    output(SYSTEM, `${name} ${how}; restarting in ${wait / 1000} s`);
    await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
    const wasRestarted = this.#child && !hasEnded(this.#child); // by restart(), meanwhile
    if (!this.#stopping.signal.aborted && !wasRestarted) this.start();
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

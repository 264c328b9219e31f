import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM, type Output } from '../printing/output.ts';

/** An app to run: `folder`/dist/main.js with this environment. Times are in milliseconds. */
export interface AppOptions {
  name: string;
  folder: string;
  environment: Record<string, string>;
  output: Output;
  /** How long it may drain after SIGTERM. */
  stopLimit?: number;
  /** The wait before the first restart; it doubles with each crash that follows soon. */
  restartAfter?: number;
}

const PRELOAD = new URL('exit-with-parent.ts', import.meta.url).href;
const MAX_RESTART_DELAY = 30_000;
const STABLE_AFTER = 30_000;

/** Keeps one app running: says when it crashed, and starts it again after a while. */
export class AppProcess {
  readonly #options: AppOptions;
  #child: ChildProcess | undefined;
  #crashes = 0;
  readonly #stopping = new AbortController();

  constructor(options: AppOptions) {
    this.#options = options;
  }

  start(): void {
    const { name, folder, environment, output } = this.#options;
    const child = spawn(process.execPath, ['--import', PRELOAD, '--enable-source-maps', 'dist/main.js'], {
      cwd: folder,
      env: { ...process.env, ...environment },
      detached: true, // Ctrl-C reaches nobody but start-system.ts, which stops the apps in order
      stdio: ['pipe', 'pipe', 'pipe'], // the end of stdin is how it learns that we are gone: exit-with-parent.ts
    });
    const startedAt = Date.now();
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => output(name, line));
    child.stdin.on('error', () => {}); // it may have gone first
    child.once('error', (error) => output(SYSTEM, `${name} cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (this.#stopping.signal.aborted) return;
      void this.#restart(signal ? `by ${signal}` : `with exit code ${code}`, Date.now() - startedAt);
    });
  }

  /** SIGTERM, so that it drains; SIGKILL at the limit. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const limit = setTimeout(() => this.#killSlow(child), this.#options.stopLimit ?? 15_000);
    await ended;
    clearTimeout(limit);
  }

  /** Ends it without letting it drain. */
  kill(): void {
    this.#stopping.abort();
    this.#child?.kill('SIGKILL');
  }

  #killSlow(child: ChildProcess): void {
    this.#options.output(SYSTEM, `${this.#options.name} did not stop in time and is killed`);
    child.kill('SIGKILL');
  }

  async #restart(how: string, lived: number): Promise<void> {
    const { name, output, restartAfter = 500 } = this.#options;
    this.#crashes = lived > STABLE_AFTER ? 1 : this.#crashes + 1;
    const wait = Math.min(restartAfter * 2 ** (this.#crashes - 1), MAX_RESTART_DELAY);
    output(SYSTEM, `${name} ended ${how}; it is started again in ${wait / 1000} s`);
    await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
    if (!this.#stopping.signal.aborted) this.start();
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A shell command in a process group of its own, so that everything it started ends with it. Times are in milliseconds. */
export class Running {
  readonly #commandLine: string;
  readonly #shell: ChildProcess;
  /** Resolves to the exit code, or to what else ended it. */
  readonly ended: Promise<number | string>;
  /** What it has printed so far, stdout and stderr in one. */
  output = '';

  constructor(commandLine: string, cwd: string, env: NodeJS.ProcessEnv, input = '') {
    this.#commandLine = commandLine;
    // Node's pipes are sockets: outside of a shell, bash would take itself for a remote shell and read bashrc
    this.#shell = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', commandLine], { cwd, env, detached: true });
    for (const stream of [this.#shell.stdout!, this.#shell.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#shell.stdin!.on('error', () => {}).end(input); // it may not read any
    this.ended = once(this.#shell, 'close').then(([code, signal]) => code ?? signal);
    process.once('exit', this.#killAtExit);
    void this.ended.then(() => process.off('exit', this.#killAtExit));
  }

  /** Waits until it prints a match; fails if the command ends first, or takes longer than `limit`. */
  async until(pattern: RegExp, limit = 60_000): Promise<RegExpExecArray> {
    const latest = Date.now() + limit;
    let over = false;
    void this.ended.then(() => (over = true));
    for (;;) {
      const ending = over;
      const found = pattern.exec(this.output);
      if (found) return found;
      if (ending) throw this.failure(`ended before it printed ${pattern}`);
      if (Date.now() > latest) throw this.failure(`did not print ${pattern} in ${limit / 1000} s`);
      await Promise.race([this.ended, delay(50)]);
    }
  }

  /** Ctrl-C: SIGINT to the group; SIGKILL for what still runs at the limit. Returns when the group is gone. */
  async stop(limit = 20_000): Promise<void> {
    this.#signal('SIGINT');
    const latest = Date.now() + limit;
    while (this.#signal(0)) {
      if (Date.now() > latest) this.#signal('SIGKILL');
      if (Date.now() > latest + 5_000) throw this.failure('could not be stopped');
      await delay(50);
    }
    await this.ended;
  }

  /** An error with everything that was printed. */
  failure(how: string): Error {
    return new Error(`\`${this.#commandLine}\` ${how}:\n${this.output}`);
  }

  readonly #killAtExit = () => this.#signal('SIGKILL');

  /** Whether the group exists. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.#shell.pid!, signal);
    } catch {
      return false;
    }
  }
}

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A native program to run. `log` is the file for its output; limits are in milliseconds. */
export interface Program {
  command: string;
  args: string[];
  log: string;
  cwd?: string;
  env?: Record<string, string | undefined>;
  user?: { uid: number; gid: number };
  stopWith?: NodeJS.Signals;
  stopLimit?: number;
}

/** A running program that ends when this process ends, even by `kill -9`. */
export interface SupervisedProcess {
  /** Resolves to its exit code. */
  exited: Promise<number>;
  /** Aborted when the program has ended, so that nothing waits for its answer any longer. */
  ended: AbortSignal;
  stop(): Promise<void>;
  /**
   * SIGKILL, SIGSTOP and SIGCONT reach it with all its descendants, as when a machine fails or freezes; SIGTERM asks it to
   * stop in order (by `stopWith`), and any other signal goes to it alone.
   */
  signal(signal: NodeJS.Signals): void;
  /** Ends it at once, without time to clean up. */
  kill(): void;
}

/** Starts a program under a supervisor process (supervisor.ts), which learns through a pipe when this process ends. */
export function supervise(program: Program): SupervisedProcess {
  mkdirSync(dirname(program.log), { recursive: true });
  const log = openSync(program.log, 'a');
  const { env, ...rest } = program;
  const supervisor = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts'), JSON.stringify(rest)], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  supervisor.stdin?.on('error', () => {}); // the supervisor may have exited first
  const ended = new AbortController();
  const exited = new Promise<number>((resolve, reject) => {
    supervisor.once('error', reject);
    supervisor.once('exit', (code) => resolve(code ?? 1));
  });
  void exited.catch(() => {}).finally(() => ended.abort());
  return {
    exited,
    ended: ended.signal,
    async stop() {
      supervisor.stdin?.end();
      await exited;
    },
    signal: (signal) => void supervisor.stdin?.write(`${signal}\n`),
    kill: () => void supervisor.stdin?.end('SIGKILL\n'),
  };
}

/** Runs a program until it ends; resolves to its exit code. */
export function runToEnd(program: Program): Promise<number> {
  return supervise(program).exited;
}

/** The last line of a program's log, and where to read the rest: `out of memory (see /tmp/kafka.log)`. */
export function lastLine(log: string): string {
  return `${readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)} (see ${log})`;
}

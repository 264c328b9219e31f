import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A native program to run. `log` is the file that takes what it prints; limits are in milliseconds. */
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

/** A running program that ends with this process at the latest, even if that is killed with -9. */
export interface SupervisedProcess {
  /** Its exit code, once it has one. */
  exited: Promise<number>;
  /** Aborted when the program has ended: whoever waits for its answer need not wait longer. */
  ended: AbortSignal;
  stop(): Promise<void>;
  /** Ends it without giving it time to tidy up. */
  kill(): void;
}

/** Starts a program under a supervisor (supervisor.ts), which watches this process through a pipe. */
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
  supervisor.stdin?.on('error', () => {}); // the supervisor may have gone first
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
    kill: () => void supervisor.stdin?.end('kill'),
  };
}

/** Runs a program to its end; resolves to its exit code. */
export function runToEnd(program: Program): Promise<number> {
  return supervise(program).exited;
}

/** The last thing of any meaning that a program wrote to its log. */
export function lastLine(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '';
}

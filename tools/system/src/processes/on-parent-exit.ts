import { readFileSync } from 'node:fs';

const POLL_INTERVAL = 500;

/** Calls back once, when the process that started this one has exited. Under npm that is npm, not the shell between the two. */
export function onParentExit(callback: () => void): void {
  const before = parents();
  const watch = setInterval(() => {
    if (parents() === before) return;
    clearInterval(watch);
    callback();
  }, POLL_INTERVAL);
  watch.unref();
}

function parents(): string {
  const behindShell = process.env.npm_lifecycle_event && process.platform === 'linux'; // on other systems sh replaces itself by its only command
  return `${process.ppid} ${behindShell ? parentOf(process.ppid) : ''}`;
}

/** proc_pid_stat(5): pid (command) state ppid …, where the command may hold anything. */
function parentOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
  } catch {
    return undefined;
  }
}

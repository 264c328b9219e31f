import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Running {
  pid: number;
  parent: number;
  group: number;
}

/**
 * A process with everything in its process group and all their descendants. The group alone is not enough: each backend of
 * PostgreSQL and each port program of Erlang makes a group of its own.
 */
export function processTree(pid: number): number[] {
  if (process.platform === 'win32') return [pid];
  const running = process.platform === 'linux' ? fromProc() : fromPs();
  const tree = new Set<number>();
  const add = (one: Running) => {
    if (tree.has(one.pid)) return;
    tree.add(one.pid);
    for (const child of running) if (child.parent === one.pid) add(child);
  };
  for (const one of running) if (one.pid === pid || one.group === pid) add(one);
  return [...tree];
}

/** proc_pid_stat(5): pid (command) state ppid pgrp …, where the command may hold anything. */
function fromProc(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent, group] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
        return [{ pid: Number(name), parent: Number(parent), group: Number(group) }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

function fromPs(): Running[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = 0, parent = 0, group = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent, group };
  });
}

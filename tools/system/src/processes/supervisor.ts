/**
 * Runs one native program and ends it when stdin ends, which happens as soon as the parent process is gone, even by
 * `kill -9`: a broker does not watch its parent and would go on running. Started by supervised-process.ts.
 */
import { spawn } from 'node:child_process';
import type { Program } from './supervised-process.ts';

const {
  command,
  args,
  cwd,
  user,
  stopWith = 'SIGTERM',
  stopLimit = 10_000,
} = JSON.parse(process.argv[2] ?? '') as Program;

// a process group of its own: Ctrl-C goes to start-system.ts alone, and the program's own children can be killed with it
const program = spawn(command, args, { cwd, ...user, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
program.once('error', (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(127);
});
program.once('exit', (code) => {
  killGroup();
  process.exit(code ?? 1);
});

process.stdin.on('data', killGroup).on('end', end).on('error', end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  program.kill(stopWith);
  setTimeout(killGroup, stopLimit);
}

function killGroup(): void {
  try {
    if (program.pid) process.kill(-program.pid, 'SIGKILL');
  } catch {
    // the group is empty
  }
}

/**
 * Runs one native program and ends it when stdin ends, which is what happens when our parent is gone, however it went:
 * a broker knows nothing of its parent, so `kill -9` of that would leave the broker behind. Started by supervised-process.ts.
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

// a group of its own: Ctrl-C reaches nobody but start-system.ts, and what the program leaves behind can be swept up
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
    // nobody is left in it
  }
}

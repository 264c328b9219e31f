/**
 * Runs one native program and ends it when stdin ends, which happens as soon as the parent process is gone, even by
 * `kill -9`: a broker does not watch its parent and would go on running. Started by supervised-process.ts.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { processTree } from './process-tree.ts';
import type { Program } from './supervised-process.ts';

const {
  command,
  args,
  cwd,
  user,
  stopWith = 'SIGTERM',
  stopLimit = 10_000,
} = JSON.parse(process.argv[2] ?? '') as Program;

/** Which processes are stopped at the moment. They end with the program, even if something else has killed it. */
const stopped = new Set<number>();

// a process group of its own: Ctrl-C goes to start-system.ts alone, and the program's own children can be killed with it
const program = spawn(command, args, { cwd, ...user, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
program.once('error', (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(127);
});
program.once('exit', (code) => {
  signalTree('SIGKILL');
  process.exit(code ?? 1);
});

// one signal per line; the end of stdin is the end of the parent, or its order to stop
createInterface(process.stdin)
  .on('line', (signal) => pass(signal as NodeJS.Signals))
  .on('close', end);
process.stdin.on('error', end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  if (stopped.size) signalTree('SIGCONT'); // else it would not hear the next signal
  program.kill(stopWith);
  setTimeout(kill, stopLimit);
}

function pass(signal: NodeJS.Signals): void {
  if (signal === 'SIGKILL') kill();
  else if (signal === 'SIGSTOP') stopTree();
  else if (signal === 'SIGCONT') signalTree('SIGCONT');
  else program.kill(signal === 'SIGTERM' ? stopWith : signal);
}

/** Stops all before it kills any: of what the dead leave behind, nothing says whose it was. */
function kill(): void {
  stopTree();
  signalTree('SIGKILL');
}

/** Looks again until there is nothing new: what is not yet stopped may start more. */
function stopTree(): void {
  for (let before = -1; before < stopped.size;) {
    before = stopped.size;
    for (const pid of tree()) if (!stopped.has(pid) && signalOne(pid, 'SIGSTOP')) stopped.add(pid);
  }
}

function signalTree(signal: 'SIGKILL' | 'SIGCONT'): void {
  for (const pid of new Set([...stopped, ...tree()])) signalOne(pid, signal);
  stopped.clear();
}

function tree(): number[] {
  return program.pid ? processTree(program.pid) : [];
}

/** Whether it still runs. */
function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

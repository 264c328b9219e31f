import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supervise, type SupervisedProcess } from './supervised-process.ts';

/** A program whose child makes a process group of its own, as PostgreSQL's backends do; it writes both ids. */
const PROGRAM = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid);
process.once('SIGUSR2', () => process.exit(7));
setInterval(() => {}, 1000);`;

let folder: string;
let program: SupervisedProcess;
let pids: number[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fourfold-supervised-'));
  const [command, args, log] = [process.execPath, ['-e', PROGRAM], join(folder, 'log')];
  program = supervise({ command, args, log, cwd: folder, stopWith: 'SIGUSR2' });
  await expect.poll(() => existsSync(join(folder, 'pids')) && readFileSync(join(folder, 'pids'), 'utf8')).toMatch(/ /);
  pids = readFileSync(join(folder, 'pids'), 'utf8').split(' ').map(Number);
});
afterEach(async () => {
  program.kill();
  await program.exited;
  await rm(folder, { recursive: true });
});

// states are read from /proc
describe.runIf(process.platform === 'linux')('a supervised process', () => {
  it('is stopped and continued with its descendants', async () => {
    program.signal('SIGSTOP');
    await expect.poll(states).toEqual(['T', 'T']);

    program.signal('SIGCONT');
    await expect.poll(states).toEqual(['S', 'S']);
  });

  it('is killed with its descendants', async () => {
    program.signal('SIGKILL');

    await program.exited;
    await expect.poll(states).toEqual(['gone', 'gone']);
  });

  it('is killed with its descendants while they are stopped', async () => {
    program.signal('SIGSTOP');
    program.signal('SIGKILL');

    await program.exited;
    await expect.poll(states).toEqual(['gone', 'gone']);
  });

  it('takes its stopped descendants along if something else kills it', async () => {
    program.signal('SIGSTOP');
    await expect.poll(states).toEqual(['T', 'T']);

    process.kill(pids[0]!, 'SIGKILL');

    await program.exited;
    await expect.poll(states).toEqual(['gone', 'gone']);
  });

  it('stops in order on SIGTERM, by the signal that it knows for it', async () => {
    program.signal('SIGTERM');

    expect(await program.exited).toBe(7);
    process.kill(pids[1]!, 'SIGKILL'); // which a program that stops in order does itself
  });

  it('stops in order also while it is stopped', async () => {
    program.signal('SIGSTOP');
    await expect.poll(states).toEqual(['T', 'T']);

    await program.stop();

    expect(await program.exited).toBe(7);
    process.kill(pids[1]!, 'SIGKILL');
  });
});

/** The state of the program and of its child: S sleeping, T stopped. */
function states(): string[] {
  return pids.map((pid) => {
    try {
      const [state] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!;
      return state === 'Z' ? 'gone' : state!;
    } catch {
      return 'gone';
    }
  });
}

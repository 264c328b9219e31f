import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { holderOf, Lock } from './lock.ts';

const HOLDER = join(import.meta.dirname, '../fixtures/holder.ts');

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fourfold-lock-'));
  file = join(folder, 'one.lock');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a lock', () => {
  it('is held by one run at a time, also within a process', () => {
    const lock = Lock.take(file);
    expect(lock).toBeDefined();
    expect(Lock.take(file)).toBeUndefined();
    expect(Lock.take(join(folder, 'other.lock'))).toBeDefined();

    lock!.release();

    expect(Lock.take(file)).toBeDefined();
  });

  it('leaves no journal behind', async () => {
    Lock.take(file);
    expect((await readdir(folder)).toSorted()).toEqual(['one.lock', 'one.lock.pid']);
  });

  it('names the process that holds it', async () => {
    const { pid, said } = await hold();
    expect(said).toBe('taken');
    expect(Lock.take(file)).toBeUndefined();
    expect(holderOf(file)).toBe(pid);
  });

  it('is refused to another process', async () => {
    Lock.take(file);
    expect((await hold()).said).toBe('refused');
    expect(holderOf(file)).toBe(process.pid);
  });

  it('ends with its process, even by kill -9', async () => {
    const { process: holder } = await hold();
    const exited = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exited;
    expect(Lock.take(file)).toBeDefined();
  });
});

async function hold() {
  const holder = spawn(process.execPath, [HOLDER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  const [said] = await once(holder.stdout.setEncoding('utf8'), 'data');
  return { process: holder, pid: holder.pid, said: String(said).trim() };
}

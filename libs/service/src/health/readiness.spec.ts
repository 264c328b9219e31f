import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Readiness } from './readiness.ts';

let readiness: Readiness;
let lines: string[];

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  const keep = (line: unknown) => void lines.push(String(line));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(keep);
  vi.spyOn(Logger.prototype, 'log').mockImplementation(keep);
  readiness = new Readiness();
  readiness.serve();
});
afterEach(() => {
  readiness.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('says in words what it waits for', async () => {
  readiness.require('kafka', () => 'this member is not in group orders');
  readiness.require('database', () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5433')));
  readiness.require('rabbitmq', () => true);
  expect(await readiness.report()).toEqual({
    ready: false,
    state: 'serving',
    checks: { kafka: false, database: false, rabbitmq: true },
    waitsFor: { kafka: 'this member is not in group orders', database: 'connect ECONNREFUSED 127.0.0.1:5433' },
  });
});

it('answers although a check does not', async () => {
  readiness.require('database', () => new Promise(() => {}));
  const report = readiness.report();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await report).toMatchObject({ ready: false, waitsFor: { database: 'not done within 2000 ms' } });
});

it('logs once when what it watches goes away, and once when it is back', async () => {
  let isThere = true;
  readiness.watch('database', () => isThere || 'connect ECONNREFUSED');
  await vi.advanceTimersByTimeAsync(3000);
  expect(lines).toEqual([]);
  isThere = false;
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toEqual(['database is unavailable: connect ECONNREFUSED']);
  isThere = true;
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toEqual(['database is unavailable: connect ECONNREFUSED', 'database: available']);
});

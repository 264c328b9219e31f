import { AsyncLocalStorage } from 'node:async_hooks';
import { ServiceError } from '@fourfold/contracts/service-error';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Entered, Limiter } from './limiter.ts';

let limiter: Limiter;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'setImmediate', 'Date'] });
  limiter = new Limiter({ max: 100 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls that are let in, and how many began. */
const enter = (count: number, begun = (_: Entered) => {}) => {
  const calls = Array.from({ length: count }, () => limiter.enter('Get'));
  const entered = calls.filter((call): call is Entered => !(call instanceof ServiceError));
  for (const call of entered) call.begin(() => begun(call));
  return { entered, refused: calls.filter((call) => call instanceof ServiceError) };
};

it('refuses what would wait too long with RESOURCE_EXHAUSTED, a 503 over HTTP', () => {
  const refused = Array.from({ length: 20 }, () => enter(50).refused).flat();
  expect(refused.length).toBeGreaterThan(700);
  expect(refused[0]).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'OVERLOADED', httpStatus: 503 });
});

it('begins calls in the order in which they came, as many at a time as may run', async () => {
  const began: number[] = [];
  for (let n = 0; n < 60; n++) (limiter.enter('Get') as Entered).begin(() => began.push(n));
  expect(began).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(began).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(limiter.state).toEqual({ running: 20, limit: 20, waiting: 40 });
});

it('begins what waits when something has ended', async () => {
  let done = 0;
  enter(150, (call) =>
    setTimeout(() => {
      done++;
      call.leave(true);
    }, 5),
  );
  await vi.advanceTimersByTimeAsync(1000);
  expect(done).toBe(150);
  expect(limiter.state).toMatchObject({ running: 0, waiting: 0 });
});

it('refuses sooner if calls have been waiting for a second, or none has begun for long', async () => {
  vi.spyOn((limiter as any).concurrency, 'adapt').mockImplementation(() => {});
  const { entered } = enter(80);
  await vi.advanceTimersByTimeAsync(1);
  expect(enter(1).refused).toEqual([]);
  await vi.advanceTimersByTimeAsync(501);
  expect(enter(1).refused).toHaveLength(1);
  for (const call of entered) call.leave();
  await vi.advanceTimersByTimeAsync(1);
  expect(enter(1).refused).toEqual([]);
});

it('never begins a call that has left before its turn', async () => {
  const began = vi.fn();
  const { entered } = enter(30, began);
  for (const call of entered) call.leave();
  await vi.advanceTimersByTimeAsync(100);
  expect(began).not.toHaveBeenCalled();
  expect(limiter.state).toMatchObject({ running: 0, waiting: 0 });
});

it('counts a call once, however often it leaves', async () => {
  const { entered } = enter(1);
  await vi.advanceTimersByTimeAsync(1);
  entered[0]!.leave(true);
  entered[0]!.leave();
  expect(limiter.state.running).toBe(0);
});

it('lets the event loop look for what came in after 5 ms of beginning calls', async () => {
  const began: number[] = [];
  enter(6, () => {
    began.push(performance.now());
    vi.setSystemTime(Date.now() + 3);
    performance.now = (
      (now) => () =>
        now
    )(performance.now() + 3);
  });
  await vi.advanceTimersToNextTimerAsync();
  expect(began).toHaveLength(2);
});

it('lets new connections in before calls that wait, for 5 ms', async () => {
  vi.useRealTimers();
  const since = performance.now();
  const began = vi.fn();
  enter(1, began);
  while (began.mock.calls.length === 0) {
    limiter.greet();
    await new Promise(setImmediate);
  }
  expect(performance.now() - since).toBeGreaterThanOrEqual(5);
});

it('runs a call in the asynchronous context in which it entered', async () => {
  const storage = new AsyncLocalStorage<number>();
  const seen: unknown[] = [];
  for (const n of [1, 2]) storage.run(n, () => enter(1, () => seen.push(storage.getStore())));
  await vi.advanceTimersByTimeAsync(1);
  expect(seen).toEqual([1, 2]);
});

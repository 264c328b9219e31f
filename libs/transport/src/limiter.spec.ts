import { ServiceError } from '@fourfold/contracts/service-error';
import { beforeEach, expect, it, vi } from 'vitest';
import { type Entered, Limiter } from './limiter.ts';

let now: number;
let limiter: Limiter;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  limiter = new Limiter({ min: 10, max: 100 });
});

/** Lets in as many calls as may be, up to `count`; they all take `ms`. Resolves to how many were let in. */
const round = (count: number, ms: number, operation = 'Get'): number => {
  const calls = Array.from({ length: count }, () => limiter.enter(operation));
  const entered = calls.filter((call): call is Entered => !(call instanceof ServiceError));
  now += ms;
  for (const call of entered) call.leave();
  return entered.length;
};
const rounds = (times: number, ...args: Parameters<typeof round>) => {
  for (let n = 0; n < times; n++) round(...args);
};

it('refuses what is too much with RESOURCE_EXHAUSTED, a 503 over HTTP', () => {
  const calls = Array.from({ length: 1000 }, () => limiter.enter('Get'));
  const refused = calls.filter((call) => call instanceof ServiceError);
  expect(refused.length).toBeGreaterThan(800);
  expect(refused[0]).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'OVERLOADED', httpStatus: 503 });
});

it('lets more in while calls take no longer than before', () => {
  const { limit } = limiter.state;
  rounds(200, 100, 5);
  expect(limiter.state.limit).toBeGreaterThan(limit);
  expect(limiter.state.limit).toBe(100);
});

it('lets fewer in when calls take longer, but never fewer than its least', () => {
  rounds(20, 10, 5);
  rounds(200, 100, 500);
  expect(limiter.state.limit).toBe(10);
});

it('does not take a long overload for the normal state', () => {
  rounds(20, 10, 5);
  rounds(200, 100, 500); // 100 s
  expect(limiter.state.limit).toBe(10);
});

it('recovers when calls are as quick as before', () => {
  rounds(20, 10, 5);
  rounds(200, 100, 500);
  rounds(50, 100, 5);
  expect(limiter.state.limit).toBe(100);
});

it('compares an operation with itself alone', () => {
  for (let n = 0; n < 100; n++) {
    round(50, 2, 'Quick');
    round(50, 800, 'Slow');
  }
  expect(limiter.state.limit).toBe(100);
});

it('counts a call once, however often it leaves', () => {
  const call = limiter.enter('Get') as Entered;
  call.leave();
  call.leave();
  expect(limiter.state.inFlight).toBe(0);
});

it('measures operations beyond the first 500 as one', () => {
  for (let n = 0; n < 2000; n++) round(1, 5, `Get${n}`);
  expect((limiter as unknown as { best: Map<string, number> }).best.size).toBeLessThanOrEqual(501);
});

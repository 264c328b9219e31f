import { beforeEach, expect, it } from 'vitest';
import { Concurrency } from './concurrency.ts';

let concurrency: Concurrency;
beforeEach(() => {
  concurrency = new Concurrency(100);
});

interface Round {
  /** Milliseconds. */
  time?: number;
  late?: number;
  hasWaiting?: boolean;
  operation?: string;
  hasFailed?: boolean;
}

/** As many calls as may be run and end, then the limit adapts. */
const round = ({ time = 5, late = 0, hasWaiting = true, operation = 'Get', hasFailed = false }: Round, times = 1) => {
  for (let n = 0; n < times; n++) {
    while (!concurrency.isReached) concurrency.begin();
    const { running } = concurrency;
    for (let k = 0; k < running; k++) concurrency.end(operation, hasFailed ? undefined : time, hasWaiting);
    concurrency.running = running; // the next ones run already
    concurrency.adapt(late, hasWaiting);
    concurrency.running = 0;
  }
};

it('lets more run while calls wait, the event loop is on time, and calls take their usual time', () => {
  round({}, 50);
  expect(concurrency.limit).toBe(100);
});

it('lets no more run than wait', () => {
  round({ hasWaiting: false }, 1);
  const { limit } = concurrency;
  for (let n = 0; n < 50; n++) concurrency.adapt(0, false);
  expect(concurrency.limit).toBeLessThanOrEqual(limit);
});

it('lets fewer run when the event loop is late, down to two', () => {
  round({ late: 50 });
  expect(concurrency.limit).toBe(10);
  round({ late: 500 }, 20);
  expect(concurrency.limit).toBe(2);
});

it('lowers the limit once, then waits until the calls of that time have ended', () => {
  while (!concurrency.isReached) concurrency.begin();
  for (let n = 0; n < 10; n++) concurrency.adapt(500, true);
  expect(concurrency.limit).toBe(10);
});

it('lets fewer run when calls take long, down to twenty', () => {
  round({ hasWaiting: false });
  round({}, 50);
  round({ time: 500 }, 50);
  expect(concurrency.limit).toBe(20);
});

it('lets more run after all if calls that took long are followed by none that end', () => {
  round({ hasWaiting: false });
  round({}, 50);
  round({ time: 500 }, 50);
  while (!concurrency.isReached) concurrency.begin();
  for (let n = 0; n < 200; n++) concurrency.adapt(0, true);
  expect(concurrency.limit).toBe(100);
});

it('does not take a long overload for what is usual', () => {
  round({ hasWaiting: false });
  round({ time: 500 }, 5000);
  round({}, 50);
  expect(concurrency.limit).toBe(100);
});

it('measures successes alone: a failure may be quick', () => {
  round({ time: 1, hasFailed: true, hasWaiting: false }, 100);
  round({ time: 500, hasWaiting: false });
  round({ time: 500 }, 50);
  expect(concurrency.limit).toBe(100);
});

it('compares an operation with itself alone', () => {
  round({ operation: 'Slow', time: 800, hasWaiting: false });
  for (let n = 0; n < 50; n++) {
    round({ operation: 'Quick', time: 2 });
    round({ operation: 'Slow', time: 800 });
  }
  expect(concurrency.limit).toBe(100);
});

it('forgets a limit that nobody needs', () => {
  round({}, 50);
  for (let n = 0; n < 100; n++) concurrency.adapt(0, false);
  expect(concurrency.limit).toBe(20);
});

it('measures operations beyond the first 500 as one', () => {
  for (let n = 0; n < 2000; n++) {
    concurrency.begin();
    concurrency.end(`Get${n}`, 5, false);
  }
  expect((concurrency as unknown as { usual: Map<string, number> }).usual.size).toBeLessThanOrEqual(501);
});

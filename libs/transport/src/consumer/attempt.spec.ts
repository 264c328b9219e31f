import { ServiceError } from '@fourfold/contracts/service-error';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attempt, type AttemptOptions, later, quickly } from './attempt.ts';
import { Outage, StaysWithBroker } from './outage.ts';

const away = () => new ServiceError('UNAVAILABLE', 'UNAVAILABLE', 'away');
const conflict = () => new ServiceError('ABORTED', 'CONFLICT', 'conflict');

let outage: Outage;
let events: string[];
let stop: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  events = [];
  stop = new AbortController();
  outage = new Outage({
    began: ({ message }) => void events.push(`began: ${message}`),
    ended: (duration) => void events.push(`ended after ${Math.round(duration / 1000)} s`),
  });
});
afterEach(() => {
  outage.close();
  vi.useRealTimers();
});

const run = (work: () => unknown, options: Partial<AttemptOptions> = {}) =>
  attempt(async () => work(), {
    earlier: 0,
    delays: quickly(3),
    outage,
    signal: stop.signal,
    stopping: () => stop.signal,
    mayGiveBack: false,
    onRetry: () => {},
    ...options,
  });
/** Fails with each of these in turn, then succeeds. */
const failing = (...errors: ServiceError[]) =>
  vi.fn<() => void>(() => {
    const error = errors.shift();
    if (error) throw error;
  });

describe('a message', () => {
  it('is tried again when its failure may pass', async () => {
    const work = failing(conflict(), conflict());
    const done = run(work);
    await vi.runAllTimersAsync();
    expect(await done).toBeUndefined();
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('is tried once when its failure does not pass', async () => {
    const error = new ServiceError('NOT_FOUND', 'GONE', 'gone');
    expect(await run(failing(error))).toEqual({ error, attempts: 1 });
  });

  it('fails after its last attempt, counted from those before it was parked', async () => {
    const done = run(failing(...[1, 2, 3].map(conflict)), { earlier: 5, delays: later(5, [10, 20, 30]) });
    await vi.runAllTimersAsync();
    expect(await done).toMatchObject({ attempts: 8 });
  });

  it('that only waited behind others is tried at once', () => {
    expect(later(0, [1000])).toEqual([0, 1000]);
    expect(later(2, [1000])).toEqual([1000]);
  });

  it('goes on after an outage of any length, and no attempt of it counts', async () => {
    let isAway = true;
    const work = vi.fn<() => void>(() => {
      if (isAway) throw away();
    });
    const done = run(work, { delays: quickly(1) });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(events).toEqual(['began: away']);
    expect(outage.announced).toMatchObject({ cause: { message: 'away' } });
    isAway = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(await done).toBeUndefined();
    expect(events).toEqual(['began: away', 'ended after 3600 s']);
    expect(outage.announced).toBeUndefined();
  });

  it('fails by itself when others succeed meanwhile', async () => {
    const done = run(failing(...Array.from({ length: 20 }, away)), { delays: quickly(2) });
    for (let others = 0; others < 20; others++) {
      await vi.advanceTimersByTimeAsync(100);
      void run(() => {});
    }
    expect(await done).toMatchObject({ error: { code: 'UNAVAILABLE' }, attempts: 2 });
  });

  it('is left with its broker when the service stops during an outage', async () => {
    const left = run(failing(away(), away(), away())).catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    expect(await left).toBeInstanceOf(StaysWithBroker);
  });

  it('that fails after the stop of the service is left with its broker, and not tried again', async () => {
    outage.close();
    const work = failing(away(), away());
    expect(await run(work).catch((thrown: unknown) => thrown)).toBeInstanceOf(StaysWithBroker);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('is given back during a long outage, if another replica could have it', async () => {
    const always = () => {
      throw away();
    };
    const all = Promise.allSettled([1, 2, 3].map(() => run(always, { mayGiveBack: true })));
    await vi.advanceTimersByTimeAsync(31_000);
    for (const one of await all) expect(one).toMatchObject({ reason: expect.any(StaysWithBroker) });
  });
});

describe('an outage', () => {
  it('lets a few messages through at a time, also if they hang', async () => {
    outage.failed(away());
    const begun = vi.fn<() => Promise<void>>(() => new Promise(() => {}));
    for (let count = 0; count < 50; count++) void run(begun);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toHaveBeenCalledTimes(3);
  });

  it('that is over within a second is not worth a line', async () => {
    const done = run(failing(away()));
    await vi.advanceTimersByTimeAsync(200);
    await done;
    expect(events).toEqual([]);
  });
});

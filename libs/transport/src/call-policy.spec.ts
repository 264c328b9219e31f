import { type Code, ServiceError } from '@fourfold/contracts/service-error';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallPolicy } from './call-policy.ts';
import { notConnected } from './errors.ts';
import type { OutgoingCall } from './transport.ts';

let policy: CallPolicy;
beforeEach(() => {
  policy = new CallPolicy();
});

const callOf = (idempotent: boolean, more: Partial<OutgoingCall> = {}) =>
  ({ operation: { service: 'v1.Things', idempotent }, deadline: Date.now() + 5000, ...more }) as OutgoingCall;
const failing = (error: unknown, times = Infinity) => {
  let left = times;
  return vi.fn(async () => {
    if (left-- > 0) throw error;
    return 'answer';
  });
};
const errorOf = (code: Code) => new ServiceError(code, code, 'x');
/** The answer or the code of the failure, and how often it was tried. */
const outcomeOf = async (call: OutgoingCall, attempt: ReturnType<typeof failing>) => {
  const result = await policy.run(call, attempt).catch(({ code }: ServiceError) => code);
  return [result, attempt.mock.calls.length];
};

describe('a call that failed', () => {
  it.each([
    ['UNAVAILABLE', true, ['answer', 2]],
    ['ABORTED', true, ['answer', 2]],
    ['UNAVAILABLE', false, ['UNAVAILABLE', 1]],
    ['ABORTED', false, ['ABORTED', 1]],
    ['DEADLINE_EXCEEDED', true, ['DEADLINE_EXCEEDED', 1]],
    ['RESOURCE_EXHAUSTED', true, ['RESOURCE_EXHAUSTED', 1]],
    ['INTERNAL', true, ['INTERNAL', 1]],
    ['NOT_FOUND', true, ['NOT_FOUND', 1]],
  ] as const)('once with %s, idempotent: %s: %j', async (code, idempotent, expected) => {
    expect(await outcomeOf(callOf(idempotent), failing(errorOf(code), 1))).toEqual(expected);
  });
  it('is repeated if it has an idempotency key', async () => {
    const call = callOf(false, { idempotencyKey: 'k' });
    expect(await outcomeOf(call, failing(errorOf('UNAVAILABLE'), 1))).toEqual(['answer', 2]);
  });
  it('is repeated in any case if it was not sent, five times at most', async () => {
    expect(await outcomeOf(callOf(false), failing(notConnected(), 2))).toEqual(['answer', 3]);
    expect(await outcomeOf(callOf(false), failing(notConnected()))).toEqual(['UNAVAILABLE', 5]);
  });
  it('is not repeated because another service, further on, could not send its own call', async () => {
    const { code, reason, message } = notConnected();
    expect(await outcomeOf(callOf(false), failing(new ServiceError(code, reason, message), 1))).toEqual([code, 1]);
  });
  it('is not repeated beyond its deadline', async () => {
    const call = callOf(true, { deadline: Date.now() + 120 });
    await outcomeOf(call, failing(errorOf('UNAVAILABLE')));
    expect(Date.now()).toBeLessThanOrEqual(call.deadline + 20);
  });
  it('is not repeated when its caller has left', async () => {
    const left = new AbortController();
    const attempt = failing(errorOf('UNAVAILABLE'));
    const result = policy.run(callOf(true, { signal: left.signal }), attempt);
    left.abort(errorOf('CANCELLED'));
    await expect(result).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

it('repeats less and less of what fails, so that retries add no load', async () => {
  const attempt = failing(errorOf('ABORTED')); // says nothing of the target
  for (let n = 0; n < 30; n++) await outcomeOf(callOf(true), attempt);
  expect(attempt.mock.calls.length).toBeLessThan(40);
});

it('stops calling a target that fails, tries one call after a second, and goes on when it succeeds', async () => {
  expect(policy.state).toBe('closed');
  const down = failing(errorOf('UNAVAILABLE'));
  await Promise.all(Array.from({ length: 60 }, () => outcomeOf(callOf(false), down)));
  expect(policy.state).toBe('open');
  const called = down.mock.calls.length;
  await expect(policy.run(callOf(false), down)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'CIRCUIT_OPEN' });
  expect(down.mock.calls.length).toBe(called);
  await vi.waitFor(async () => expect(await policy.run(callOf(false), failing(undefined, 0))).toBe('answer'), {
    timeout: 3000,
  });
  expect(policy.state).toBe('closed');
});

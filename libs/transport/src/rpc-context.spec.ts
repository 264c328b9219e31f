import type { ExecutionContext } from '@nestjs/common';
import { defer, lastValueFrom, NEVER } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CallContext, continueTrace, currentCall } from './context.ts';
import { rpcContextHook, setEnvelope } from './rpc-context.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Runs a handler that never answers, for a caller that names no deadline. */
const receive = (isCall: boolean) => {
  const context = {};
  setEnvelope(context, { transport: 'grpc', name: 'Wait', traceparent: continueTrace(), isCall });
  let seen!: CallContext;
  const handler = defer(() => {
    seen = currentCall()!;
    return NEVER;
  });
  const answer = rpcContextHook({ getArgByIndex: () => context } as unknown as ExecutionContext, () => handler);
  const failure = lastValueFrom(answer).catch((thrown: unknown) => thrown);
  return { seen, failure };
};

it('gives a call ten seconds where its caller names no deadline, and its handler hears of it', async () => {
  const { seen, failure } = receive(true);
  expect(seen.deadline).toBe(Date.now() + 10_000);
  vi.advanceTimersByTime(9999);
  expect(seen.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', message: 'Wait was not done before its deadline' });
  expect(seen.signal.aborted).toBe(true);
});

it('gives streams and messages, where nobody waits for one answer, as long as they take', () => {
  const { seen } = receive(false);
  vi.advanceTimersByTime(3_600_000);
  expect(seen.deadline).toBeUndefined();
  expect(seen.signal.aborted).toBe(false);
});

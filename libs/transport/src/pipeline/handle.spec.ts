import { lastValueFrom, NEVER, Observable, of } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { currentMessage, type MessageContext } from '../context.ts';
import { handle } from './handle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Runs a handler that never answers, for a caller that sends no deadline. */
const receive = (isCall: boolean) => {
  let seen!: MessageContext;
  const handler = () => {
    seen = currentMessage()!;
    return NEVER;
  };
  const answer = handle({ transport: 'grpc', name: 'Wait', metadata: {}, isCall }, handler);
  const failure = lastValueFrom(answer).catch((thrown: unknown) => thrown);
  return { seen, failure };
};

it('gives a call ten seconds if its caller sends no deadline, and its handler knows it', async () => {
  const { seen, failure } = receive(true);
  expect(seen.deadline).toBe(Date.now() + 10_000);
  vi.advanceTimersByTime(9999);
  expect(seen.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', message: 'Wait exceeded its deadline' });
  expect(seen.signal.aborted).toBe(true);
});

it('gives streams and messages, where nobody waits for one answer, as long as they take', () => {
  const { seen } = receive(false);
  vi.advanceTimersByTime(3_600_000);
  expect(seen.deadline).toBeUndefined();
  expect(seen.signal.aborted).toBe(false);
});

it('aborts the signal when its caller leaves, and not when it has been answered', () => {
  let signal!: AbortSignal;
  const receiveUntil = (answer: Observable<string>) => {
    const message = { transport: 'grpc', name: 'Wait', metadata: {}, isCall: true } as const;
    return handle(message, () => {
      ({ signal } = currentMessage()!);
      return answer;
    }).subscribe();
  };
  receiveUntil(NEVER).unsubscribe();
  expect(signal.aborted).toBe(true);
  receiveUntil(of('done'));
  expect(signal.aborted).toBe(false);
});

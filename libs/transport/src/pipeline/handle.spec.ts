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

it('aborts the signal at the deadline, whichever timer is first: ending the message clears the other', async () => {
  let signal!: AbortSignal;
  const handler = () => {
    ({ signal } = currentMessage()!);
    return NEVER;
  };
  vi.setSystemTime(0);
  const message = { transport: 'grpc', name: 'Wait', metadata: {}, isCall: true, deadline: 100 } as const;
  const failure = lastValueFrom(
    new Observable((subscriber) => {
      vi.spyOn(Date, 'now').mockReturnValueOnce(0).mockReturnValueOnce(0).mockReturnValueOnce(50); // a busy moment between both
      return handle(message, handler).subscribe(subscriber);
    }),
  ).catch((thrown: unknown) => thrown);
  await vi.advanceTimersByTimeAsync(60);
  expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  expect(signal.aborted).toBe(true);
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

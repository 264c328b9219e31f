import { setTimeout as sleep } from 'node:timers/promises';
import type { Code, ServiceError } from '@fourfold/contracts/service-error';
import { toServiceError } from '../errors.ts';
import { backoff } from '../time.ts';
import { type Outage, StaysWithBroker } from './outage.ts';

/** Why a message could not be handled. */
export interface Failure {
  error: ServiceError;
  /** How often its handler was called. */
  attempts: number;
}

/** Something that the handler depends on is away, or does not answer: the message itself may be fine. */
const OUTAGE = new Set<Code>(['UNAVAILABLE', 'DEADLINE_EXCEEDED']);
/** Codes of failures that may pass when the same is tried again. */
const RETRYABLE = new Set<Code>([...OUTAGE, 'ABORTED', 'RESOURCE_EXHAUSTED', 'INTERNAL', 'UNKNOWN']);

/** Milliseconds after which a message that waits is given back to its broker: another replica may be better off. */
const LONGEST_WAIT = 30_000;

export const isRetryable = ({ error }: Failure): boolean => RETRYABLE.has(error.code);

export interface AttemptOptions {
  /** How often the message was tried before. */
  earlier: number;
  /** Milliseconds before each attempt; the next failure after the last one is final. */
  delays: Iterable<number>;
  /** Of the handler. */
  outage: Outage;
  /** Aborts the wait for the next attempt; `attempt` then rejects. */
  signal: AbortSignal;
  /** The same for the wait for the end of an outage. */
  stopping: () => AbortSignal;
  /** Whether its broker can deliver the message to another replica: it then does not wait here for ever. */
  mayGiveBack: boolean;
  onRetry(failure: Failure): void;
}

/**
 * Calls `work` until it succeeds, fails permanently, or was tried often enough. While something that the handler depends on
 * is away, it waits instead, and counts nothing: such a failure counts only if another message has succeeded since this one
 * was last tried.
 */
export const attempt = async (work: () => Promise<unknown>, options: AttemptOptions): Promise<Failure | undefined> => {
  const { earlier, delays, outage, signal, stopping, mayGiveBack, onRetry } = options;
  const rest = delays[Symbol.iterator]();
  let delay = rest.next();
  let before = Infinity;
  let since: number | undefined;
  for (let attempts = earlier; ;) {
    if (delay.value) await sleep(delay.value, undefined, { signal });
    const patience = since === undefined ? LONGEST_WAIT : Math.max(0, since + LONGEST_WAIT - Date.now());
    try {
      await outage.attempt(work, stopping, mayGiveBack ? patience : undefined);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof StaysWithBroker) throw thrown;
      const failure = { error: toServiceError(thrown), attempts: attempts + 1 };
      if (!isRetryable(failure)) return failure;
      signal.throwIfAborted();
      const isAway = OUTAGE.has(failure.error.code) && outage.successes <= before;
      before = outage.successes;
      if (isAway) {
        since ??= Date.now();
        outage.failed(failure.error);
        delay = { done: false, value: 0 };
        continue;
      }
      attempts++;
      delay = rest.next();
      if (delay.done) return failure;
      onRetry(failure);
    }
  }
};

/** Delays of attempts in quick succession: the first at once. */
export function* quickly(attempts: number): Generator<number> {
  yield 0;
  for (let count = 1; count < attempts; count++) yield backoff(count);
}

/** Delays of the attempts at a parked message: if it only waited behind others, the first one is at once. */
export const later = (earlier: number, delays: readonly number[]): readonly number[] =>
  earlier === 0 ? [0, ...delays] : delays;

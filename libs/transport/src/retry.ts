import { setTimeout as sleep } from 'node:timers/promises';
import type { Code, ServiceError } from '@fourfold/contracts/service-error';
import { toServiceError } from './errors.ts';

/** Milliseconds to wait after the given failed attempt, counted from 1: doubled from `base` to 10 s, half of it random. */
export const backoff = (attempt: number, base = 50): number =>
  Math.min(base * 2 ** (attempt - 1), 10_000) * (0.5 + Math.random() / 2);

/** Why a message could not be handled. */
export interface Failure {
  error: ServiceError;
  /** How often its handler was called. */
  attempts: number;
}

/** Codes of failures that may pass when the same is tried again. */
const PASSING = new Set<Code>([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'UNKNOWN',
]);

/** Calls `handle` until it succeeds, or fails for good. Rejects when `signal` aborts during a wait. */
export const attempt = async (
  handle: () => Promise<unknown>,
  { attempts, signal }: { attempts: number; signal: AbortSignal },
): Promise<Failure | undefined> => {
  for (let count = 1; ; count++)
    try {
      await handle();
      return undefined;
    } catch (thrown) {
      const error = toServiceError(thrown);
      if (!PASSING.has(error.code) || count >= attempts) return { error, attempts: count };
      await sleep(backoff(count), undefined, { signal });
    }
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { Code, ServiceError } from '@fourfold/contracts/service-error';
import { toServiceError } from '../errors.ts';
import { backoff } from '../time.ts';

/** Why a message could not be handled. */
export interface Failure {
  error: ServiceError;
  /** How often its handler was called. */
  attempts: number;
}

/** Codes of failures that may pass when the same is tried again. */
const RETRYABLE = new Set<Code>([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'UNKNOWN',
]);

export interface AttemptOptions {
  /** How often `work` is tried at most. */
  attempts: number;
  /** Aborts the wait before the next attempt; `attempt` then rejects. */
  signal: AbortSignal;
  onRetry(failure: Failure): void;
}

/** Calls `work` until it succeeds, fails permanently, or was tried often enough. */
export const attempt = async (
  work: () => Promise<unknown>,
  { attempts, signal, onRetry }: AttemptOptions,
): Promise<Failure | undefined> => {
  for (let count = 1; ; count++)
    try {
      await work();
      return undefined;
    } catch (thrown) {
      const failure = { error: toServiceError(thrown), attempts: count };
      if (!RETRYABLE.has(failure.error.code) || count >= attempts) return failure;
      onRetry(failure);
      await sleep(backoff(count), undefined, { signal });
    }
};

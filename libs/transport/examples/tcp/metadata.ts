import type { Metadata } from '@fourfold/contracts/metadata';

export const IDEMPOTENCY_KEY = 'idempotency-key';
/** Milliseconds that the caller still waits: unlike a time of day, it needs no clocks that agree. */
export const TIMEOUT = 'timeout-ms';

/** Metadata are the packet's `metadata`, by their own names. What is not text is left out. */
export const readMetadata = (given: unknown): Metadata =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => typeof value === 'string'));

export const writeMetadata = (metadata: Metadata, idempotencyKey?: string, timeout?: number): Metadata => ({
  ...metadata,
  ...(idempotencyKey && { [IDEMPOTENCY_KEY]: idempotencyKey }),
  ...(timeout !== undefined && { [TIMEOUT]: String(timeout) }),
});

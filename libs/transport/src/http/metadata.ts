import type { IncomingHttpHeaders } from 'node:http';
import type { Metadata } from '@fourfold/contracts/metadata';

/** Milliseconds that the caller still waits, as the Connect protocol names it. */
export const TIMEOUT = 'connect-timeout-ms';
/** draft-ietf-httpapi-idempotency-key-header. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** Metadata are headers, by their own names. Node joins what came twice by a comma. */
export const readMetadata = (headers: IncomingHttpHeaders): Metadata =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );

export const writeMetadata = (metadata: Metadata): Record<string, string> => ({ ...metadata });

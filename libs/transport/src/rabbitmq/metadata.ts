import type { Metadata } from '@fourfold/contracts/metadata';

/** Metadata are AMQP headers, by their own names; a header that is not text (a number, a table) is none. */
export const readMetadata = (headers: Record<string, unknown> = {}): Metadata =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === 'string')) as Metadata;

export const writeMetadata = (metadata: Metadata): Record<string, string> => ({ ...metadata });

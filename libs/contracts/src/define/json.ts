import type { Codec } from './contract.ts';

/** A message as JSON text: all its fields and no others, bytes as base64, times as RFC 3339. */
export const toJson = <T>(codec: Codec<T>, message: T): string =>
  JSON.stringify(codec.fromPartial((message ?? {}) as object), replaceBytes);

function replaceBytes(this: any, key: string, value: unknown): unknown {
  const raw = this[key];
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString('base64');
  // proto3 JSON knows the numbers that JSON lacks by name
  return typeof raw === 'number' && !Number.isFinite(raw) ? String(raw) : value;
}

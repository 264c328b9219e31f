import type { Codec } from '@fourfold/contracts/contract';
import { toJson } from '@fourfold/contracts/json';
import type { Violation } from '@fourfold/contracts/service-error';

/** Input that its transport could not read: refused as INVALID_ARGUMENT in the pipeline, like any other bad input. */
export class Malformed {
  constructor(readonly violation: Violation) {}

  static because(message: string): Malformed {
    return new Malformed({ path: '', rule: 'isReadable', message });
  }
}

/** A message as bytes. Throws over what it cannot hold, and over integers of which its reader would get others. */
export const bytesOf = <T>(codec: Codec<T>, message: T): Buffer => {
  const whole = codec.fromPartial((message ?? {}) as object);
  const bytes = Buffer.from(codec.encode(whole).finish());
  if (holdsUnsafe(whole)) codec.decode(bytes); // codecs look only when they read; a float may be as large as it likes
  return bytes;
};

export const isUnsafe = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);

const holdsUnsafe = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !(value instanceof Date)
    ? Object.values(value).some(holdsUnsafe)
    : isUnsafe(value);

/** An answer as JSON text. Throws over all that `bytesOf` does, so that one handler fails alike over every transport. */
export const replyJson = <T>(codec: Codec<T>, message: T): string => {
  bytesOf(codec, message);
  return toJson(codec, message);
};

/** The violation of an integer that a number cannot hold exactly. */
export const unsafeInteger = (path: string): Violation => ({
  path,
  rule: 'isSafeInteger',
  message: `${path} must be within ±(2^53 - 1)`,
});

/** What a body is that no JSON parser can read. */
export const NOT_JSON = Malformed.because('the body is not JSON');

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
};

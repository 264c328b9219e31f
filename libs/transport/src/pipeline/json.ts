import { isUtf8 } from 'node:buffer';
import type { Codec } from '@fourfold/contracts/contract';
import { toJson } from '@fourfold/contracts/json';
import type { Violation } from '@fourfold/contracts/service-error';
import { CheckingWriter } from './checking-writer.ts';
import { repeatedMember } from './repeated-member.ts';

/** Input that its transport could not read: refused as INVALID_ARGUMENT in the pipeline, like any other bad input. */
export class Malformed {
  constructor(readonly violation: Violation) {}

  static because(message: string): Malformed {
    return new Malformed({ path: '', rule: 'isReadable', message });
  }
}

const decoded = new WeakSet<object>();

/** Remembers that a message was protobuf: its numbers may be what JSON has none for. */
export const markDecoded = <T extends object>(message: T): T => {
  decoded.add(message);
  return message;
};
export const isDecoded = (message: object): boolean => decoded.has(message);

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The number that text is, written as JSON writes numbers; else undefined. */
export const numberOf = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined);

/** An answer as protobuf. Throws if the message cannot hold it. */
export const replyBytes = <T>(codec: Codec<T>, message: T): Buffer => {
  const whole = codec.fromPartial((message ?? {}) as object);
  codec.encode(whole, new CheckingWriter()); // the real writer lets integers pass that no reader would read
  return Buffer.from(codec.encode(whole).finish());
};

/** An answer as JSON text. Throws over all that `replyBytes` does, so that a handler fails alike over every transport. */
export const replyJson = <T>(codec: Codec<T>, message: T): string => {
  codec.encode(codec.fromPartial((message ?? {}) as object), new CheckingWriter());
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

/** A body that is not UTF-8: `toString()` would put U+FFFD for what it cannot read. */
const NOT_UTF_8 = new Malformed({ path: '', rule: 'isUtf8', message: 'the body is not UTF-8' });

const TOO_DEEP = new Malformed({ path: '', rule: 'maxDepth', message: 'the body is nested too deep' });

/** Reads what a client or a broker sent: UTF-8, and no member twice in one object (RFC 7493, I-JSON). Whatever else is Malformed. */
export const readJson = (bytes: Uint8Array): unknown => {
  if (!isUtf8(bytes)) return NOT_UTF_8;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const parsed = parseJson(text);
  if (parsed === NOT_JSON) return parsed;
  try {
    const path = repeatedMember(text, parsed);
    if (path === undefined) return parsed;
    return new Malformed({ path, rule: 'isOnce', message: `${path} must not be there twice` });
  } catch {
    return TOO_DEEP;
  }
};

/** Reads an answer. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
};

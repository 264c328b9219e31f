import type { IncomingMessage as Request } from 'node:http';
import { invalidInput } from '../../errors.ts';
import { IDEMPOTENCY_KEY } from '../metadata.ts';

/** An Item of RFC 9651 that is a String, and its parameters, which nothing here reads. */
const STRING = /^"((?:[ !#-[\]-~]|\\["\\])*)"\s*(?:;[ -~]*)?$/;

/**
 * The key of a request, as draft-ietf-httpapi-idempotency-key-header has it: a String of structured fields (`"8e03…"`). Without
 * quotes, as clients wrote it before there was the draft, it is the same key. Throws INVALID_ARGUMENT for a String that does not
 * end, and for two keys.
 */
export const readKey = ({ headers, rawHeaders }: Request): string | undefined => {
  const given = headers[IDEMPOTENCY_KEY] as string | undefined;
  if (!given) return undefined;
  if (given.includes(',') && countOf(rawHeaders) > 1) throw malformed('must not be there twice');
  if (!given.startsWith('"')) return given;
  const [, text] = STRING.exec(given) ?? [];
  if (text === undefined) throw malformed('must be a string in double quotes (RFC 9651), such as "8e03978e"');
  return text.replace(/\\(.)/g, '$1');
};

/** The header of a key. */
export const writeKey = (key: string): string => `"${key.replace(/["\\]/g, '\\$&')}"`;

const countOf = (rawHeaders: string[]): number =>
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === IDEMPOTENCY_KEY).length;

const malformed = (what: string) =>
  invalidInput([{ path: 'idempotencyKey', rule: 'matches', message: `the idempotency key ${what}` }]);

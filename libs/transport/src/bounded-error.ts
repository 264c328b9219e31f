import type { ErrorDetails, ServiceError, Violation } from '@fourfold/contracts/service-error';

/** How many violations an error lists; the others are counted. */
export const MAX_VIOLATIONS = 20;

/**
 * Bytes of an error as gRPC sends it: its message percent-encoded, and once more with the details in base64. Clients take
 * 8 KiB of trailers in all; the rest is for what else stands there.
 */
const MAX_TRAILER = 7 * 1024;
const MAX_REASON = 128;
const MAX_MESSAGE = 1024;
/** Of one path, one rule, one key … */
const MAX_TEXT = 256;
/** What protobuf adds: the names of the types, and the tags and lengths of one violation or one fact. */
const ENVELOPE = 256;
const TAGS = 16;

/**
 * The error as it leaves the process, the same over every transport: long text is shortened, then violations are counted
 * rather than listed, from the end. Facts (`metadata`) take at most half of the space; those after that are left out.
 */
export const boundedError = (error: ServiceError): Omit<ServiceError, keyof Error> & { message: string } => {
  const reason = shortened(error.reason, MAX_REASON);
  const message = shortened(error.message, MAX_MESSAGE);
  const { violations = [], omittedViolations = 0, metadata = {}, httpStatus } = error.details;
  const encoded = ((MAX_TRAILER - encodeURI(message).length) * 3) / 4;
  const space = encoded - sizeOf(message) - sizeOf(reason) - ENVELOPE;
  const facts = fitting(Object.entries(metadata).map(shortenedFact), space / 2);
  const listed = fitting(violations.slice(0, MAX_VIOLATIONS).map(shortenedViolation), space - sizeOfAll(facts));
  const omitted = omittedViolations + violations.length - listed.length;
  const details: ErrorDetails = {
    ...(listed.length && { violations: listed }),
    ...(omitted && { omittedViolations: omitted }),
    ...(facts.length && { metadata: Object.fromEntries(facts) }),
    ...(httpStatus !== undefined && { httpStatus }),
  };
  return { code: error.code, reason, message, httpStatus: error.httpStatus, details };
};

/** The first violations, and how many more there are. */
export const firstViolations = (violations: Violation[]): ErrorDetails => ({
  violations: violations.slice(0, MAX_VIOLATIONS).map(shortenedViolation),
  ...(violations.length > MAX_VIOLATIONS && { omittedViolations: violations.length - MAX_VIOLATIONS }),
});

const shortenedViolation = ({ path, rule, message }: Violation): Violation => ({
  path: shortened(path, MAX_TEXT),
  rule: shortened(rule, MAX_TEXT),
  message: shortened(message, MAX_TEXT),
});

const shortenedFact = ([key, value]: [string, string]): [string, string] => [
  shortened(key, MAX_TEXT),
  shortened(String(value), MAX_TEXT),
];

/** Of well-formed text: gRPC could not encode half of a surrogate pair. */
const shortened = (given: string, maxBytes: number): string => {
  const text = String(given)
    .slice(0, maxBytes + 1)
    .toWellFormed();
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text).subarray(0, maxBytes - sizeOf('…'));
  return `${new TextDecoder().decode(bytes, { stream: true })}…`; // a stream: without the part of a character
};

const sizeOf = (text: string): number => Buffer.byteLength(text);
const sizeOfAll = (items: object[]): number => items.reduce((sum, item) => sum + sizeOfItem(item), 0);
const sizeOfItem = (item: object): number =>
  Object.values(item).reduce((sum: number, text: string) => sum + sizeOf(text), TAGS);

/** The first of them that fit. */
const fitting = <T extends object>(items: T[], space: number): T[] => {
  let used = 0;
  const end = items.findIndex((item) => (used += sizeOfItem(item)) > space);
  return end < 0 ? items : items.slice(0, end);
};

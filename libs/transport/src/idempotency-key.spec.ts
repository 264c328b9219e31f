import { describe, expect, it } from 'vitest';
import { readIdempotencyKey } from './idempotency-key.ts';

describe('an idempotency key', () => {
  it.each(['k', 'a key with spaces', 'x'.repeat(255)])('is what was given: %s', (key) => {
    expect(readIdempotencyKey(key)).toBe(key);
  });
  it.each([undefined, null, '', {}, [], 7])('is none where it is empty or no text: %j', (given) => {
    expect(readIdempotencyKey(given)).toBeUndefined();
  });
  it.each(['ü', 'a\u0000b', 'x'.repeat(256)])(
    'is refused where a transport or a database could not carry it',
    (key) => {
      expect(() => readIdempotencyKey(key)).toThrow('idempotency key must be 1 to 255 printable ASCII characters');
    },
  );
});

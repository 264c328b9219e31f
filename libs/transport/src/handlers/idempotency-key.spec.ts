import { describe, expect, it } from 'vitest';
import { openContext } from '../context.ts';

/** What the handler of a message with this id gets. */
const keyOf = (id: unknown) => {
  const idempotencyKey = { source: 'orders', id: id as string };
  const { context, close } = openContext({
    transport: 'grpc',
    name: 'Wait',
    metadata: {},
    isCall: true,
    idempotencyKey,
  });
  close();
  return context.idempotencyKey;
};

describe('an idempotency key', () => {
  it.each(['k', 'a key with spaces', 'x'.repeat(255)])('is what was sent, with its source: %s', (id) => {
    expect(keyOf(id)).toEqual({ source: 'orders', id });
  });
  it.each([undefined, null, '', {}, [], 7])('is absent if it is empty or not text: %j', (id) => {
    expect(keyOf(id)).toBeUndefined();
  });
  it.each(['ü', 'a\u0000b', 'x'.repeat(256)])('is refused if a transport or a database could not carry it', (id) => {
    expect(() => keyOf(id)).toThrow('idempotency key must be 1 to 255 printable ASCII characters');
  });
});

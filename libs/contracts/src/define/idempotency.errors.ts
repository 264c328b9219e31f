import { defineError } from './service-error.ts';

/** Another message had this source and id before: one of the two would be lost without a word. */
export const messageIdReused = defineError<{ source: string; id: string }>(
  'INVALID_ARGUMENT',
  'MESSAGE_ID_REUSED',
  ({ source, id }) => ({
    message: `the id ${id} of ${source || 'an unnamed source'} belongs to another message`,
    metadata: { source, id },
  }),
);

/** The operation is not done without a key. */
export const idempotencyKeyMissing = defineError('INVALID_ARGUMENT', 'IDEMPOTENCY_KEY_MISSING', () => {
  const message = 'the call must have an idempotency key';
  return { message, violations: [{ path: 'idempotencyKey', rule: 'isDefined', message }] };
});

/** The caller named another request with this key before. */
export const idempotencyKeyReused = defineError<{ idempotencyKey: string }>(
  'INVALID_ARGUMENT',
  'IDEMPOTENCY_KEY_REUSED',
  ({ idempotencyKey }) => ({
    message: `the idempotency key ${idempotencyKey} belongs to another request`,
    metadata: { idempotencyKey },
  }),
  { httpStatus: 422 },
);

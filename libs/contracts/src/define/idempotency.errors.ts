import { defineError } from './service-error.ts';

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

import { defineError } from './service-error.ts';

export const orderNotFound = defineError<{ orderId: string }>('NOT_FOUND', 'ORDER_NOT_FOUND', ({ orderId }) => ({
  message: `there is no order ${orderId}`,
  metadata: { orderId },
}));

/** The customer named another request with this key before. */
export const idempotencyKeyReused = defineError<{ idempotencyKey: string }>(
  'INVALID_ARGUMENT',
  'IDEMPOTENCY_KEY_REUSED',
  ({ idempotencyKey }) => ({
    message: `the idempotency key ${idempotencyKey} belongs to another request`,
    metadata: { idempotencyKey },
  }),
  { httpStatus: 422 },
);

import { defineError } from './define/service-error.ts';

export const orderNotFound = defineError<{ orderId: string }>('NOT_FOUND', 'ORDER_NOT_FOUND', ({ orderId }) => ({
  message: `there is no order ${orderId}`,
  metadata: { orderId },
}));

/** The order is not the one that the caller knows any more: FAILED_PRECONDITION, as a retry of the same would fail again. */
export const orderChanged = defineError<{ orderId: string; version: number }>(
  'FAILED_PRECONDITION',
  'ORDER_CHANGED',
  ({ orderId, version }) => ({
    message: `order ${orderId} has changed: it has version ${version} now`,
    metadata: { orderId, version: String(version) },
  }),
  { httpStatus: 412 },
);

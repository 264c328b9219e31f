import { defineError } from '@fourfold/contracts/service-error';

/** An event tells of an order that nothing was ever reserved for: a dead letter. No caller meets it, so no contract has it. */
export const reservationNotFound = defineError<{ orderId: string }>(
  'NOT_FOUND',
  'RESERVATION_NOT_FOUND',
  ({ orderId }) => ({ message: `order ${orderId} has no reservation`, metadata: { orderId } }),
);

import { defineError } from './define/service-error.ts';

export const paymentNotFound = defineError<{ orderId: string }>('NOT_FOUND', 'PAYMENT_NOT_FOUND', ({ orderId }) => ({
  message: `order ${orderId} has no payment`,
  metadata: { orderId },
}));

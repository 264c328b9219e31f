import { defineError } from './define/service-error.ts';

export const orderNotFound = defineError<{ orderId: string }>('NOT_FOUND', 'ORDER_NOT_FOUND', ({ orderId }) => ({
  message: `there is no order ${orderId}`,
  metadata: { orderId },
}));

import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import type { Reservation } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';

/** A new order: priced as its stock was reserved, waiting for its payment. */
export const placed = (orderId: string, customerId: string, { lines, total }: Reservation, placedAt: Date): Order => ({
  orderId,
  customerId,
  status: 'PENDING',
  lines,
  total,
  placedAt,
});

/** The payment settled. Only what is pending can be confirmed; undefined if nothing changes. */
export const confirmed = (order: Order): Order | undefined =>
  order.status === 'PENDING' ? { ...order, status: 'CONFIRMED' } : undefined;

/** The payment was declined. Only what is pending can be cancelled; undefined if nothing changes. */
export const cancelled = (order: Order, cancelReason: string): Order | undefined =>
  order.status === 'PENDING' ? { ...order, status: 'CANCELLED', cancelReason } : undefined;

/** Whether nothing will change any more. */
export const isFinal = ({ status }: Order): boolean => status === 'CONFIRMED' || status === 'CANCELLED';

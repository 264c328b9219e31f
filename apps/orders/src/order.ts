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
  version: 1,
});

/** The payment settled. Only what is pending can be confirmed; undefined if nothing changes. */
export const confirmed = (order: Order): Order | undefined =>
  order.status === 'PENDING' ? changed(order, { status: 'CONFIRMED' }) : undefined;

/** The payment was declined. Only what is pending is cancelled by it; undefined if nothing changes. */
export const declined = (order: Order, cancelReason: string): Order | undefined =>
  order.status === 'PENDING' ? changed(order, { status: 'CANCELLED', cancelReason }) : undefined;

/** The customer wants it no more, whether or not it is paid. Undefined if it is cancelled already: its reason stands. */
export const cancelled = (order: Order, cancelReason: string): Order | undefined =>
  order.status === 'CANCELLED' ? undefined : changed(order, { status: 'CANCELLED', cancelReason });

/** Whether nothing changes by itself any more: what is confirmed can still be cancelled. */
export const isDecided = ({ status }: Order): boolean => status === 'CONFIRMED' || status === 'CANCELLED';

const changed = (order: Order, change: Partial<Order>): Order => ({ ...order, ...change, version: order.version + 1 });

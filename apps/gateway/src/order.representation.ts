import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { type Link, linkTo } from './links.ts';

/** An order as clients see it, with links. */
export const orderWithLinks = (order: Order) => {
  const { orderId, customerId } = order;
  return {
    ...order,
    links: {
      self: linkTo('order', { orderId }),
      events: linkTo('orderEvents', { orderId }),
      payment: linkTo('payment', { orderId }),
      ...(isCancellable(order) && { cancellation: linkToCancel(order) }),
      customerOrders: linkTo('orders', { customerId }),
      notifications: linkTo('notifications', { customerId }),
      products: linkTo('products'),
    },
  };
};

/** Whether an order is cancelled, and how it can be. */
export const cancellationOf = (order: Order) => {
  const { orderId, cancelReason } = order;
  return {
    orderId,
    cancelled: !isCancellable(order),
    ...(cancelReason !== undefined && { reason: cancelReason }),
    links: {
      self: linkTo('cancellation', { orderId }),
      order: linkTo('order', { orderId }),
      ...(isCancellable(order) && { cancel: linkToCancel(order) }),
    },
  };
};

/** Strong: all that is shown of an order changes with its version alone. */
export const etagOf = ({ version }: Order): string => `"v${version}"`;

export const isCancellable = ({ status }: Order): boolean => status !== 'CANCELLED';

const linkToCancel = (order: Order): Link => ({
  ...linkTo('cancellation', { orderId: order.orderId }),
  method: 'PUT',
  headers: { 'if-match': etagOf(order) },
  example: { reason: '{reason}' },
});

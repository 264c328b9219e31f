import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { documentOf, type Form } from './hal.ts';
import { linkTo, uriOf } from './links.ts';

/** An order in a list. */
export const orderWithLinks = (order: Order) => {
  const { orderId, customerId, lines } = order;
  return {
    ...order,
    _links: {
      self: linkTo('order', { orderId }),
      collection: linkTo('orders', { customerId }),
      'shop:events': linkTo('orderEvents', { orderId }),
      'shop:payment': linkTo('payment', { orderId }),
      'shop:cancellation': linkTo('cancellation', { orderId }),
      'shop:notifications': linkTo('notifications', { customerId }),
      'shop:ordered': lines.map(({ productId, name }) => ({ ...linkTo('product', { productId }), title: name })),
    },
  };
};

/** An order as clients see it, with what they can do with it. */
export const orderDocument = (order: Order) => documentOf(orderWithLinks(order), formsOf(order));

/** Whether an order is cancelled, and how it can be. */
export const cancellationDocument = (order: Order) => {
  const { orderId, cancelReason } = order;
  const cancellation = {
    orderId,
    cancelled: !isCancellable(order),
    ...(cancelReason !== undefined && { reason: cancelReason }),
    _links: { self: linkTo('cancellation', { orderId }), 'shop:order': linkTo('order', { orderId }) },
  };
  return documentOf(cancellation, formsOf(order));
};

/** Strong: all that is shown of an order changes with its version alone. */
export const etagOf = ({ version }: Order): string => `"v${version}"`;

export const isCancellable = ({ status }: Order): boolean => status !== 'CANCELLED';

/** HAL-FORMS cannot say that the request needs If-Match: shop:cancellation does. */
const formsOf = (order: Order): Record<string, Form> => {
  if (!isCancellable(order)) return {};
  const target = uriOf('cancellation', { orderId: order.orderId });
  const properties = [{ name: 'reason', prompt: 'Why', maxLength: 200 }];
  return { cancel: { title: 'Cancel this order', method: 'PUT', target, contentType: 'application/json', properties } };
};

/** Where an order is placed. HAL-FORMS cannot say what is in `lines`: shop:orders does. */
export const placeOrderForm = (productId = '…'): Form => ({
  title: 'Place an order',
  method: 'POST',
  target: uriOf('orders'),
  contentType: 'application/json',
  properties: [
    { name: 'customerId', prompt: 'Who orders', required: true, minLength: 1, maxLength: 64 },
    {
      name: 'lines',
      prompt: 'What is ordered',
      required: true,
      placeholder: JSON.stringify([{ productId, quantity: 1 }]),
    },
  ],
});

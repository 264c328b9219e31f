/** What the relations mean that IANA does not register. A link of one of them is `shop:` and its name. */
export const RELATIONS = {
  products: 'The products of the shop, each with its stock, page by page. In a list: the products of this page.',
  product: 'A product, with its price and its stock.',
  orders:
    'The orders of a customer, oldest first, page by page. In a list: the orders of this page. ' +
    'The form placeOrder sends a new order there, as JSON: the field lines is a list of objects, each with productId and ' +
    'quantity. A request with an Idempotency-Key may be repeated: it places one order.',
  order: 'The order that this is about. Its ETag names its version.',
  ordered: 'What an order is for: the products, always a list of links, one per line of the order.',
  events:
    'The order now and after each change until it is confirmed or cancelled, as Server-Sent Events. The data of each event ' +
    'is the order.',
  cancellation:
    'Whether an order is cancelled. The form cancel cancels it. The request needs If-Match with the ETag that the order was ' +
    'read with, or with * for any version: without it the answer is 428, and 412 if the order has changed.',
  payment: 'What became of the charge of an order: 404 until that is decided.',
  'order-element':
    'A module of JavaScript that defines the element shop-order. With the URI of an order as its attribute href it shows the ' +
    'order, and watches it until it is confirmed or cancelled.',
  notifications: 'What a customer was told, oldest first, page by page. In a list: the notifications of this page.',
};

export type ShopRelation = `shop:${keyof typeof RELATIONS}`;

/** https://www.iana.org/assignments/link-relations */
export type Relation = 'collection' | 'describedby' | 'item' | 'next' | ShopRelation;

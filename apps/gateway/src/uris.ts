/** Every URI of the gateway, as RFC 6570 has templates. Its routes and its links are made of these: nowhere else is a path. */
export const URIS = {
  root: '/',
  orders: '/v1/orders{?customerId,pageSize,pageToken}',
  order: '/v1/orders/{orderId}',
  orderEvents: '/v1/orders/{orderId}/events',
  cancellation: '/v1/orders/{orderId}/cancellation',
  payment: '/v1/orders/{orderId}/payment',
  products: '/v1/products{?pageSize,pageToken}',
  product: '/v1/products/{productId}',
  notifications: '/v1/notifications{?customerId,pageSize,pageToken}',
  notification: '/v1/notifications/{notificationId}',
  relations: '/relations',
  relation: '/relations/{rel}',
  webFile: '/web/{file}',
};

export type Place = keyof typeof URIS;

/** `/v1/orders/:orderId`, for Nest's decorators. */
export const routeOf = (place: Place): string => URIS[place].replace(/\{\?[\w,]+\}$/, '').replace(/\{(\w+)\}/g, ':$1');

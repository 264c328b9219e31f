/** Where to go from here: `href`, or an RFC 6570 `template` for the client to fill in. */
export interface Link {
  href?: string;
  template?: string;
  /** GET where absent. */
  method?: 'POST' | 'PUT';
  /** Header fields that the request must have. */
  headers?: Record<string, string>;
  /** What the body looks like. */
  example?: object;
}

/** Every URI of the gateway, as its routes have them. */
const TEMPLATES = {
  root: '/',
  orders: '/v1/orders{?customerId,pageSize,pageToken}',
  order: '/v1/orders/{orderId}',
  orderEvents: '/v1/orders/{orderId}/events',
  cancellation: '/v1/orders/{orderId}/cancellation',
  payment: '/v1/orders/{orderId}/payment',
  products: '/v1/products{?pageSize,pageToken}',
  product: '/v1/products/{productId}',
  notifications: '/v1/notifications{?customerId,pageSize,pageToken}',
};
type Place = keyof typeof TEMPLATES;
type Variables = Record<string, string | number>;

/** The URI of a place; variables of the query that are empty or 0 are left out, as both are the default. */
export const uriOf = (place: Place, variables: Variables = {}): string =>
  TEMPLATES[place].replace(/\{(\??)([\w,]+)\}/g, (_, isQuery: string, names: string) => {
    const given = names.split(',').map((name) => [name, String(variables[name] || '')] as const);
    if (!isQuery) return given.map(([, value]) => encodeURIComponent(value)).join(',');
    const query = new URLSearchParams(given.filter(([, value]) => value) as [string, string][]);
    return query.size ? `?${query}` : '';
  });

export const linkTo = (place: Place, variables?: Variables): Link => ({ href: uriOf(place, variables) });

/** For who does not know the variables; `href` is there too unless they are in the path. */
export const templateOf = (place: Place): Link => {
  const template = TEMPLATES[place];
  return /\{\w/.test(template) ? { template } : { ...linkTo(place), template };
};

/** Where an order is placed, and what one looks like. */
export const linkToPlaceOrder = (productId = '{productId}'): Link => ({
  ...linkTo('orders'),
  method: 'POST',
  example: { customerId: '{customerId}', lines: [{ productId, quantity: 1 }] },
});

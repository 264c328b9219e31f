import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTemplate } from 'url-template';
import { RELATIONS } from './relations.ts';
import { products, type Shop, startShop } from './shop.fixture.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const get = async (path: string): Promise<{ status: number; body: any }> => {
  const response = await fetch(shop.url + path);
  return { status: response.status, body: await response.json() };
};

const curies = [{ name: 'shop', href: '/relations/{rel}', templated: true }];
const submit = (form: any, fields: object, headers: Record<string, string> = {}) =>
  fetch(shop.url + form.target, {
    method: form.method,
    headers: { 'content-type': form.contentType, ...headers },
    body: JSON.stringify(fields),
  });

describe('GET /', () => {
  it('leads a client that knows nothing else to a product, its order, and what the customer is told', async () => {
    const follow = async (link: { href: string }) => (await get(link.href)).body;
    const expand = (link: { href: string }, variables = {}) => ({ href: parseTemplate(link.href).expand(variables) });
    const { _links } = await follow({ href: '/' });
    const [listed] = (await follow(expand(_links['shop:products'])))._embedded['shop:products'];
    const product = await follow(listed._links.self);
    const { placeOrder } = product._templates;
    const lines = JSON.parse(placeOrder.properties[1].placeholder);
    const response = await submit(placeOrder, { customerId: 'c-1', lines });
    expect(response.status).toBe(201);

    const order = await follow({ href: response.headers.get('location')! });
    expect(order).toMatchObject({ status: 'PENDING', lines: [{ productId: product.productId }] });
    expect(await follow(order._links['shop:ordered'][0])).toEqual(product);
    shop.orders.change(order.orderId, { status: 'CONFIRMED' });
    const events = await (await fetch(shop.url + order._links['shop:events'].href)).text();
    expect(events).toContain('"status":"CONFIRMED"');
    const told = await follow(order._links['shop:notifications']);
    expect(told._embedded['shop:notifications']).toMatchObject([{ customerId: 'c-1' }]);
    expect(await follow(order._links['shop:payment'])).toMatchObject({ orderId: order.orderId, status: 'SETTLED' });

    const [found] = (await follow(order._links.collection))._embedded['shop:orders'];
    expect(found).toMatchObject({ orderId: order.orderId, status: 'CONFIRMED', _links: { self: order._links.self } });
    const read = await fetch(shop.url + found._links.self.href);
    const etag = read.headers.get('etag')!;
    const { cancel } = ((await read.json()) as any)._templates;
    const cancelled = await submit(cancel, { reason: 'not needed' }, { 'if-match': etag });
    expect(await cancelled.json()).toMatchObject({ status: 'CANCELLED', _links: { self: order._links.self } });
  });

  it('says how to come back to what the client knows by its id, and how to order', async () => {
    const { body } = await get('/');
    expect(body).toEqual({
      name: 'Fourfold',
      _links: {
        self: { href: '/' },
        curies: [{ name: 'shop', href: '/relations/{rel}', templated: true }],
        describedby: { href: '/relations' },
        'shop:products': { href: '/v1/products{?pageSize,pageToken}', templated: true },
        'shop:product': { href: '/v1/products/{productId}', templated: true },
        'shop:orders': { href: '/v1/orders{?customerId,pageSize,pageToken}', templated: true },
        'shop:order': { href: '/v1/orders/{orderId}', templated: true },
        'shop:events': { href: '/v1/orders/{orderId}/events', templated: true },
        'shop:cancellation': { href: '/v1/orders/{orderId}/cancellation', templated: true },
        'shop:payment': { href: '/v1/orders/{orderId}/payment', templated: true },
        'shop:notifications': { href: '/v1/notifications{?customerId,pageSize,pageToken}', templated: true },
        'shop:order-element': { href: '/web/shop-order.js' },
      },
      _templates: {
        placeOrder: {
          title: 'Place an order',
          method: 'POST',
          target: '/v1/orders',
          contentType: 'application/json',
          properties: [
            { name: 'customerId', prompt: 'Who orders', required: true, minLength: 1, maxLength: 64 },
            {
              name: 'lines',
              prompt: 'What is ordered',
              required: true,
              placeholder: '[{"productId":"…","quantity":1}]',
            },
          ],
        },
      },
    });
  });
});

describe('GET /relations', () => {
  it('leads to what each relation means', async () => {
    const { body } = await get('/relations');
    expect(body._links.item).toHaveLength(Object.keys(RELATIONS).length);
    for (const { href, title } of body._links.item) {
      const { body: page } = await get(href);
      expect(page).toMatchObject({ relation: title, description: expect.any(String), _links: { self: { href } } });
    }
  });

  it('is where the names of relations lead, by the curies of every document', async () => {
    const { body } = await get('/v1/products');
    const [{ name, href }] = body._links.curies;
    const rel = Object.keys(body._embedded)[0]!.slice(`${name}:`.length);
    expect((await get(parseTemplate(href).expand({ rel }))).body).toMatchObject({
      relation: 'shop:products',
      description: RELATIONS.products,
    });
  });

  it.each(['none', 'constructor'])('is a 404 of %s', async (rel) => {
    expect((await get(`/relations/${rel}`)).status).toBe(404);
  });
});

describe('the media type', () => {
  const typeOf = async (accept: string) => {
    const response = await fetch(`${shop.url}/v1/products/p-1`, { headers: { accept } });
    return { response, type: response.headers.get('content-type')?.split(';')[0] };
  };
  it.each([
    ['*/*', 'application/prs.hal-forms+json'],
    ['application/prs.hal-forms+json, application/hal+json;q=0.9', 'application/prs.hal-forms+json'],
    ['application/hal+json', 'application/hal+json'],
    ['application/json', 'application/json'],
  ])('for %s is %s, of the same representation', async (accept, expected) => {
    const { response, type } = await typeOf(accept);
    expect([type, response.headers.get('vary')]).toEqual([expected, 'Accept']);
    expect(await response.json()).toEqual((await get('/v1/products/p-1')).body);
  });

  it('is a 406 for who takes none of them', async () => {
    expect((await typeOf('text/html')).response.status).toBe(406);
  });

  it('of an error is that of problem documents', async () => {
    const response = await fetch(`${shop.url}/v1/products/p-9`, { headers: { accept: 'application/hal+json' } });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('GET /v1/products', () => {
  it('answers products with price, stock and links', async () => {
    const { status, body } = await get('/v1/products');
    expect(status).toBe(200);
    const found = body._embedded['shop:products'];
    expect(found).toMatchObject(products);
    expect(found[0]._links).toEqual({ self: { href: '/v1/products/p-1' }, collection: { href: '/v1/products' } });
    expect(body._links.self).toEqual({ href: '/v1/products' });
  });

  it('leads from page to page, in HAL and in the header field Link', async () => {
    const first = await fetch(`${shop.url}/v1/products?pageSize=2`);
    const { _links, _embedded } = (await first.json()) as any;
    expect(_embedded['shop:products']).toHaveLength(2);
    expect(_links.self).toEqual({ href: '/v1/products?pageSize=2' });
    expect(first.headers.get('link')).toBe(`<${_links.next.href}>; rel="next"`);

    const second = await fetch(shop.url + _links.next.href);
    const last = (await second.json()) as any;
    expect(last._embedded['shop:products']).toMatchObject([{ productId: 'p-3' }]);
    expect(last._links.self).toEqual(_links.next);
    expect(last._links).not.toHaveProperty('next');
    expect(second.headers.get('link')).toBeNull();
  });

  it.each([
    ['pageSize=many', { path: 'pageSize', rule: 'isInt' }],
    ['pageSize=1.5', { path: 'pageSize', rule: 'isInt' }],
    ['pageSize=', { path: 'pageSize', rule: 'isInt' }],
    ['pageSize=1&pageSize=2', { path: 'pageSize', rule: 'isOnce' }],
    ['pageSize=-1', { path: 'pageSize', rule: 'min' }],
    ['pageSize=101', { path: 'pageSize', rule: 'max' }],
    [`pageToken=${'x'.repeat(201)}`, { path: 'pageToken', rule: 'isLength' }],
  ])('refuses %s', async (query, violation) => {
    const { status, body } = await get(`/v1/products?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_INPUT',
      violations: expect.arrayContaining([expect.objectContaining(violation)]),
    });
  });
});

describe('GET /v1/products/{productId}', () => {
  it('answers the product with its stock', async () => {
    const { status, body } = await get('/v1/products/p-2');
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...products[1], _links: { self: { href: '/v1/products/p-2' } } });
    const { placeOrder } = body._templates;
    expect(placeOrder).toMatchObject({ method: 'POST', target: '/v1/orders' });
    expect(placeOrder.properties[1].placeholder).toBe('[{"productId":"p-2","quantity":1}]');
  });

  it('is a 404 if there is none', async () => {
    const { status, body } = await get('/v1/products/p-9');
    expect(status).toBe(404);
    expect(body).toMatchObject({ reason: 'PRODUCT_NOT_FOUND', metadata: { productId: 'p-9' } });
    expect(await get(body.type)).toMatchObject({
      status: 200,
      body: { reason: 'PRODUCT_NOT_FOUND', status: 404, description: 'there is no product {productId}' },
    });
  });
});

describe('GET /v1/orders/{orderId}/payment', () => {
  it('answers what became of the charge, with links', async () => {
    const { status, body } = await get('/v1/orders/o-7/payment');
    expect(status).toBe(200);
    expect(body).toEqual({
      paymentId: 'pay-1',
      orderId: 'o-7',
      status: 'SETTLED',
      amount: { currencyCode: 'EUR', minorUnits: 1250 },
      decidedAt: '1970-01-01T00:00:00.000Z',
      _links: { self: { href: '/v1/orders/o-7/payment' }, 'shop:order': { href: '/v1/orders/o-7' }, curies },
    });
  });

  it('is a 404 until that is decided', async () => {
    const { status, body } = await get('/v1/orders/o-unpaid/payment');
    expect(status).toBe(404);
    expect(body).toMatchObject({ reason: 'PAYMENT_NOT_FOUND' });
  });
});

describe('GET /v1/notifications', () => {
  it('answers what a customer was told, with links', async () => {
    const { status, body } = await get('/v1/notifications?customerId=c%201');
    expect(status).toBe(200);
    expect(body).toEqual({
      _links: {
        self: { href: '/v1/notifications?customerId=c%201' },
        next: { href: '/v1/notifications?customerId=c%201&pageToken=next' },
        curies,
      },
      _embedded: {
        'shop:notifications': [
          {
            notificationId: 'n-1',
            customerId: 'c 1',
            orderId: 'o-1',
            text: 'Thank you for your order.',
            sentAt: '1970-01-01T00:00:00.000Z',
            _links: {
              self: { href: '/v1/notifications/n-1' },
              collection: { href: '/v1/notifications?customerId=c%201' },
              'shop:order': { href: '/v1/orders/o-1' },
            },
          },
        ],
      },
    });
  });

  it('leads to the last page', async () => {
    const { body } = await get('/v1/notifications?customerId=c+1&pageToken=next');
    expect(body).toEqual({
      _links: { self: { href: '/v1/notifications?customerId=c%201&pageToken=next' }, curies },
      _embedded: { 'shop:notifications': [] },
    });
  });

  it('refuses to answer for nobody', async () => {
    const { status, body } = await get('/v1/notifications');
    expect(status).toBe(400);
    expect(body).toMatchObject({ violations: [{ path: 'customerId', rule: 'isLength' }] });
  });
});

describe('GET /v1/notifications/{notificationId}', () => {
  it('answers it, with links', async () => {
    const { status, body } = await get('/v1/notifications/n-1');
    expect(status).toBe(200);
    const [listed] = (await get('/v1/notifications?customerId=c-1')).body._embedded['shop:notifications'];
    expect(body).toEqual({ ...listed, _links: { ...listed._links, curies } });
  });

  it('is a 404 if there is none', async () => {
    const { status, body } = await get('/v1/notifications/n-9');
    expect([status, body.reason, body.type]).toEqual([
      404,
      'NOTIFICATION_NOT_FOUND',
      '/problems/NOTIFICATION_NOT_FOUND',
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('GET /', () => {
  it('leads a client that knows nothing else to a product, its order, and what the customer is told', async () => {
    const follow = async (link: { href: string }) => (await get(link.href)).body;
    const { links } = await follow({ href: '/' });
    const [product] = (await follow(links.products)).products;
    const { order: place } = (await follow(product.links.self)).links;
    const response = await fetch(shop.url + place.href, {
      method: place.method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...place.example, customerId: 'c-1' }),
    });
    expect(response.status).toBe(201);

    const order = await follow({ href: response.headers.get('location')! });
    expect(order).toMatchObject({ status: 'PENDING', lines: [{ productId: product.productId }] });
    shop.orders.change(order.orderId, { status: 'CONFIRMED' });
    const events = await (await fetch(shop.url + order.links.events.href)).text();
    expect(events).toContain('"status":"CONFIRMED"');
    expect((await follow(order.links.notifications)).notifications).toMatchObject([{ customerId: 'c-1' }]);
    expect(await follow(order.links.payment)).toMatchObject({ orderId: order.orderId, status: 'SETTLED' });

    const [listed] = (await follow(order.links.customerOrders)).orders;
    expect(listed).toMatchObject({ orderId: order.orderId, status: 'CONFIRMED' });
    const { href, method, headers, example } = listed.links.cancellation;
    const cancelled = await fetch(shop.url + href, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(example),
    });
    expect(await cancelled.json()).toMatchObject({ status: 'CANCELLED', links: { self: order.links.self } });
  });

  it('says how to come back to what the client knows by its id', async () => {
    const { body } = await get('/');
    expect(body.links).toMatchObject({
      order: { template: '/v1/orders/{orderId}' },
      customerOrders: { href: '/v1/orders', template: '/v1/orders{?customerId,pageSize,pageToken}' },
      orderEvents: { template: '/v1/orders/{orderId}/events' },
      cancellation: { template: '/v1/orders/{orderId}/cancellation' },
      payment: { template: '/v1/orders/{orderId}/payment' },
      product: { template: '/v1/products/{productId}' },
      notifications: { template: '/v1/notifications{?customerId,pageSize,pageToken}' },
    });
  });
});

describe('GET /v1/products', () => {
  it('answers products with price, stock and links', async () => {
    const { status, body } = await get('/v1/products');
    expect(status).toBe(200);
    expect(body.products).toMatchObject(products);
    expect(body.products[0].links.self).toEqual({ href: '/v1/products/p-1' });
    expect(body.links).toEqual({ self: { href: '/v1/products' } });
  });

  it('leads from page to page', async () => {
    const first = await get('/v1/products?pageSize=2');
    expect(first.body.products).toHaveLength(2);
    expect(first.body.links.self).toEqual({ href: '/v1/products?pageSize=2' });

    const second = await get(first.body.links.next.href);
    expect(second.body.products).toMatchObject([{ productId: 'p-3' }]);
    expect(second.body).toMatchObject({ nextPageToken: '', links: { self: first.body.links.next } });
    expect(second.body.links.next).toBeUndefined();
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
    expect(body).toMatchObject({ ...products[1], links: { self: { href: '/v1/products/p-2' } } });
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
      links: { self: { href: '/v1/orders/o-7/payment' }, order: { href: '/v1/orders/o-7' } },
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
      notifications: [
        {
          notificationId: 'n-1',
          customerId: 'c 1',
          orderId: 'o-1',
          text: 'Thank you for your order.',
          sentAt: '1970-01-01T00:00:00.000Z',
          links: { order: { href: '/v1/orders/o-1' } },
        },
      ],
      nextPageToken: 'next',
      links: {
        self: { href: '/v1/notifications?customerId=c+1' },
        next: { href: '/v1/notifications?customerId=c+1&pageToken=next' },
      },
    });
  });

  it('leads to the last page', async () => {
    const { body } = await get('/v1/notifications?customerId=c+1&pageToken=next');
    expect(body).toEqual({
      notifications: [],
      nextPageToken: '',
      links: { self: { href: '/v1/notifications?customerId=c+1&pageToken=next' } },
    });
  });

  it('refuses to answer for nobody', async () => {
    const { status, body } = await get('/v1/notifications');
    expect(status).toBe(400);
    expect(body).toMatchObject({ violations: [{ path: 'customerId', rule: 'isLength' }] });
  });
});

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@fourfold/system/run';
import { describe, expect, it, vi } from 'vitest';
import { events, get, post, productInStock, products, put } from './shop.ts';

const customer = () => `customer-${randomUUID()}`;
const until = (assertion: () => Promise<void>) => vi.waitFor(assertion, { timeout: 15_000, interval: 100 });
const notificationsOf = async (customerId: string) =>
  (await get(`/v1/notifications?customerId=${customerId}`)).body._embedded['shop:notifications'];

describe('an order that is paid', () => {
  it('goes from PENDING to CONFIRMED, takes its stock, and its customer is notified', async () => {
    const customerId = customer();
    const product = await productInStock();
    const {
      status,
      headers,
      body: order,
    } = await post('/v1/orders', {
      customerId,
      lines: [{ productId: product.productId, quantity: 2 }],
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/orders/${order.orderId}`);
    expect(order).toMatchObject({
      customerId,
      status: 'PENDING',
      lines: [{ productId: product.productId, quantity: 2, unitPrice: product.price }],
      total: { currencyCode: product.price.currencyCode, minorUnits: 2 * product.price.minorUnits },
      _links: { self: { href: `/v1/orders/${order.orderId}` } },
    });

    await until(async () => expect((await get(`/v1/orders/${order.orderId}`)).body.status).toBe('CONFIRMED'));
    const { stock } = (await get(`/v1/products/${product.productId}`)).body;
    expect(stock).toBe(product.stock - 2);
    await until(async () => expect((await notificationsOf(customerId)).length).toBeGreaterThanOrEqual(3));
    for (const { orderId } of await notificationsOf(customerId)) expect(orderId).toBe(order.orderId);
  });

  it('is streamed until its final state', async () => {
    const { productId } = await productInStock();
    const { body } = await post('/v1/orders', { customerId: customer(), lines: [{ productId, quantity: 1 }] });
    const seen = (await events(`/v1/orders/${body.orderId}/events`)).map(({ status }) => status);
    expect(seen.at(-1)).toBe('CONFIRMED');
    expect(['PENDING,CONFIRMED', 'CONFIRMED']).toContain(seen.join());
  });

  it('is placed once per Idempotency-Key', async () => {
    const { productId } = await productInStock();
    const order = { customerId: customer(), lines: [{ productId, quantity: 1 }] };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await post('/v1/orders', order, headers);
    const second = await post('/v1/orders', order, headers);
    expect(second.body.orderId).toBe(first.body.orderId);
  });
});

describe('an order that its customer cancels', () => {
  it('after it was paid is refunded, its stock goes back, and its customer is notified', async () => {
    const customerId = customer();
    const product = await productInStock();
    const lines = [{ productId: product.productId, quantity: 2 }];
    const { orderId } = (await post('/v1/orders', { customerId, lines })).body;
    const self = `/v1/orders/${orderId}`;
    await until(async () => expect((await get(self)).body.status).toBe('CONFIRMED'));
    const { body: order, headers } = await get(self);
    expect(headers.get('etag')).toBe('"v2"');

    const { target } = order._templates.cancel;
    expect((await put(target, { reason: 'ordered twice' })).status).toBe(428);
    expect((await put(target, { reason: 'ordered twice' }, { 'if-match': '"v1"' })).status).toBe(412);
    const cancelled = await put(target, { reason: 'ordered twice' }, { 'if-match': headers.get('etag')! });
    expect(cancelled.body).toMatchObject({ status: 'CANCELLED', cancelReason: 'ordered twice' });

    await until(async () => expect((await get(order._links['shop:payment'].href)).body.status).toBe('REFUNDED'));
    await until(async () => expect((await get(`/v1/products/${product.productId}`)).body.stock).toBe(product.stock));
    const texts = async () => (await notificationsOf(customerId)).map(({ text }: { text: string }) => text).join('\n');
    await until(async () => expect(await texts()).toMatch(/is cancelled: ordered twice\.[^]*given you back/));
    const { body: list } = await get(order._links.collection.href);
    expect(list._embedded['shop:orders']).toMatchObject([{ orderId, status: 'CANCELLED' }]);
  });
});

describe('an order over the payment limit', () => {
  it('is cancelled with the reason, and its stock is released', async () => {
    const customerId = customer();
    const all = await products();
    const dear = all
      .filter(({ stock, price }) => stock * price.minorUnits > 100_000 && stock > 0)
      .sort((a, b) => b.price.minorUnits - a.price.minorUnits)[0];
    const quantity = Math.ceil(100_001 / dear.price.minorUnits);
    const { body } = await post('/v1/orders', { customerId, lines: [{ productId: dear.productId, quantity }] });
    expect(body.status).toBe('PENDING');
    await until(async () => {
      const order = (await get(`/v1/orders/${body.orderId}`)).body;
      expect(order).toMatchObject({ status: 'CANCELLED', cancelReason: expect.any(String) });
    });
    await until(async () => expect((await get(`/v1/products/${dear.productId}`)).body.stock).toBe(dear.stock));
  });
});

describe('an order that is refused', () => {
  it('is a 409 with its reason if the stock is too low', async () => {
    const { productId, stock } = (await products()).find((product) => product.stock < 1000);
    const { status, body } = await post('/v1/orders', {
      customerId: customer(),
      lines: [{ productId, quantity: stock + 1 }],
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'OUT_OF_STOCK', metadata: { productId } });
  });

  it('is a 422 with its path if a product is unknown', async () => {
    const { productId } = await productInStock();
    const lines = [
      { productId, quantity: 1 },
      { productId: 'no-such-product', quantity: 1 },
    ];
    const { status, headers, body } = await post('/v1/orders', { customerId: customer(), lines });
    expect(status).toBe(422);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ reason: 'UNKNOWN_PRODUCT', violations: [{ path: 'lines[1].productId' }] });
  });

  it('is a 404 if it was never placed', async () => {
    expect((await get('/v1/orders/none')).status).toBe(404);
    expect((await get('/v1/orders/none/events')).body).toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  });
});

it('the whole catalogue is read page by page', async () => {
  const all = await products();
  expect(all.length).toBeGreaterThanOrEqual(50);
  expect(new Set(all.map(({ productId }) => productId)).size).toBe(all.length);
});

it('has the product of the examples that npm start prints', async () => {
  const examples = readFileSync(join(ROOT, 'apps/orders/examples.txt'), 'utf8');
  const named = new Set([...examples.matchAll(/"productId":"([^"]+)"/g)].map(([, id]) => id));
  expect(named.size).toBe(1);
  for (const id of named) expect((await get(`/v1/products/${id}`)).status).toBe(200);
});

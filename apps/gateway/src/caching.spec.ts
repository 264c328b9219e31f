import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startShop } from './shop.fixture.ts';

let shop: Shop;
let orderId: string;
beforeAll(async () => {
  shop = await startShop();
  ({ orderId } = (await (await send('POST', '/v1/orders', order)).json()) as { orderId: string });
});
afterAll(() => shop.stop());

const order = { customerId: 'c-1', lines: [{ productId: 'p-1', quantity: 1 }] };
const send = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  fetch(shop.url + path.replace('{id}', orderId), {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });

const CATALOGUE = 'public, max-age=5, stale-while-revalidate=25';
const OF_A_CUSTOMER = 'private, no-cache';
const STORABLE: [path: string, policy: string][] = [
  ['/', 'public, max-age=60'],
  ['/v1/products', CATALOGUE],
  ['/v1/products?pageSize=2', CATALOGUE],
  ['/v1/products/p-1', CATALOGUE],
  ['/v1/orders?customerId=c-1', OF_A_CUSTOMER],
  ['/v1/orders/{id}', OF_A_CUSTOMER],
  ['/v1/orders/{id}/cancellation', OF_A_CUSTOMER],
  ['/v1/orders/{id}/payment', OF_A_CUSTOMER],
  ['/relations', 'public, max-age=3600'],
  ['/relations/payment', 'public, max-age=3600'],
  ['/web/shop-order.js', 'public, no-cache'],
  ['/problems', 'public, max-age=3600'],
  ['/problems/OUT_OF_STOCK', 'public, max-age=3600'],
];

describe('what may be stored', () => {
  it.each(STORABLE)('%s: %s', async (path, policy) => {
    const response = await send('GET', path);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, policy]);
    expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/);
  });

  it.each(STORABLE)('is a 304 for who has it: %s', async (path, policy) => {
    const etag = (await send('GET', path)).headers.get('etag')!;
    for (const method of ['GET', 'HEAD']) {
      const response = await send(method, path, undefined, { 'if-none-match': etag });
      expect([response.status, await response.text()]).toEqual([304, '']);
      expect(response.headers.get('etag')).toBe(etag);
      expect(response.headers.get('cache-control')).toBe(policy);
    }
  });

  it('has another ETag on each page', async () => {
    const tags = ['/v1/products', '/v1/products?pageSize=1', '/v1/products/p-1'].map(async (path) =>
      (await send('GET', path)).headers.get('etag')!,
    );
    expect(new Set(await Promise.all(tags)).size).toBe(3);
  });
});

describe('what must not be stored', () => {
  it.each([
    ['notifications', 'GET', '/v1/notifications?customerId=c-1', undefined],
    ['a notification', 'GET', '/v1/notifications/n-1', undefined],
    ['a relation that is not known', 'GET', '/relations/none', undefined],
    ['an order that is placed', 'POST', '/v1/orders', order],
    ['a cancellation', 'PUT', '/v1/orders/{id}/cancellation', { reason: 'no' }],
    ['health', 'GET', '/healthz', undefined],
    ['readiness', 'GET', '/readyz', undefined],
    ['a product that is not there', 'GET', '/v1/products/none', undefined],
    ['an order that is not there', 'GET', '/v1/orders/none', undefined],
    ['a page that is refused', 'GET', '/v1/products?pageSize=x', undefined],
    ['a problem that is not known', 'GET', '/problems/NONE', undefined],
  ])('%s', async (_, method, path, body) => {
    const response = await send(method, path, body, { 'if-match': '*' });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('the events of an order', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${shop.url}/v1/orders/${orderId}/events`, { signal: leaving.signal });
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    leaving.abort();
  });
});

it('says when a payment was decided: nothing else changes it', async () => {
  const path = '/v1/orders/{id}/payment';
  const decidedAt = (await send('GET', path)).headers.get('last-modified')!;
  expect(decidedAt).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
  expect((await send('GET', path, undefined, { 'if-modified-since': decidedAt })).status).toBe(304);
});

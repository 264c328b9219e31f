import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startShop } from './shop.fixture.ts';

let shop: Shop;
let orderId: string;
beforeAll(async () => {
  shop = await startShop({ TRUSTED_PROXIES: '127.0.0.1' });
  ({ orderId } = JSON.parse((await send('POST', '/v1/orders', order)).text));
});
afterAll(() => shop.stop());

const order = { customerId: 'c-1', lines: [{ productId: 'p-1', quantity: 1 }] };
/** As a proxy sends it that serves the gateway under `/shop`. */
const send = async (method: string, path: string, body?: object) => {
  const response = await fetch(shop.url + path.replace('{id}', orderId), {
    method,
    headers: { 'x-forwarded-prefix': '/shop', 'if-match': '*', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { headers: response.headers, text: await response.text() };
};
/** All paths in a document: whatever begins with a slash. */
const pathsIn = (text: string) => [...text.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path!);

describe('under the path of a trusted proxy', () => {
  it.each([
    ['GET', '/', undefined],
    ['GET', '/v1/products?pageSize=1', undefined],
    ['GET', '/v1/products/p-1', undefined],
    ['GET', '/v1/orders?customerId=c-1', undefined],
    ['GET', '/v1/orders/{id}', undefined],
    ['GET', '/v1/orders/{id}/payment', undefined],
    ['GET', '/v1/orders/{id}/cancellation', undefined],
    ['GET', '/v1/notifications?customerId=c-1', undefined],
    ['GET', '/v1/notifications/n-1', undefined],
    ['GET', '/relations', undefined],
    ['GET', '/relations/payment', undefined],
    ['GET', '/problems', undefined],
    ['GET', '/problems/OUT_OF_STOCK', undefined],
    ['GET', '/v1/products/none', undefined],
    ['POST', '/v1/orders', order],
    ['POST', '/v1/orders', { ...order, lines: [] }],
    ['PUT', '/v1/orders/{id}/cancellation', { reason: 'no' }],
  ])('all paths that a client is told are under it: %s %s', async (method, path, body) => {
    const { headers, text } = await send(method, path, body);
    const told = ['location', 'content-location', 'link'].flatMap((name) => headers.get(name)?.replace(/^</, '') ?? []);
    const paths = [...pathsIn(text), ...told];
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((one) => !one.startsWith('/shop/'))).toEqual([]);
  });

  it('a Location leads there', async () => {
    expect((await send('POST', '/v1/orders', order)).headers.get('location')).toMatch(/^\/shop\/v1\/orders\/o-/);
  });

  it('the events of an order have it, too', async () => {
    const { orderId: watched } = JSON.parse((await send('POST', '/v1/orders', order)).text);
    shop.orders.change(watched, { status: 'CONFIRMED' });
    const { text } = await send('GET', `/v1/orders/${watched}/events`);
    const data = /^data: (.*)$/m.exec(text)![1]!;
    expect(pathsIn(data).length).toBeGreaterThan(0);
    expect(pathsIn(data).filter((one) => !one.startsWith('/shop/'))).toEqual([]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Shop, startShop } from './shop.fixture.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

let order: any;
beforeEach(async () => {
  order = await (
    await send('POST', '/v1/orders', { customerId: 'c-1', lines: [{ productId: 'p-1', quantity: 1 }] })
  ).json();
});

const send = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  fetch(shop.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
const cancellation = () => `/v1/orders/${order.orderId}/cancellation`;
const cancel = (ifMatch?: string, body: object = { reason: 'not needed' }) =>
  send('PUT', cancellation(), body, ifMatch === undefined ? {} : { 'if-match': ifMatch });
const read = async () => (await fetch(shop.url + cancellation())).json() as Promise<any>;
const json = (response: Response): Promise<any> => response.json();

describe('PUT /v1/orders/{orderId}/cancellation', () => {
  it.each(['"v1"', '"v0", "v1"', '*'])('cancels the order that the client knows, If-Match: %s', async (ifMatch) => {
    const response = await cancel(ifMatch);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-location')).toBe(order._links.self.href);
    expect(response.headers.get('etag')).not.toBe('"v2"'); // RFC 9110, section 9.3.4
    const cancelled = await json(response);
    expect(cancelled).toMatchObject({ status: 'CANCELLED', cancelReason: 'not needed', version: 2 });
    expect(cancelled).toEqual(await json(await fetch(shop.url + order._links.self.href)));
    expect(cancelled).not.toHaveProperty('_templates');
  });

  it('needs no reason', async () => {
    expect(await json(await cancel('*', {}))).toMatchObject({ status: 'CANCELLED', cancelReason: '' });
  });

  it('answers the same when it comes again, with the ETag from before', async () => {
    const first = await json(await cancel('"v1"'));
    const again = await cancel('"v1"', { reason: 'another' });
    expect(again.status).toBe(200);
    expect(await json(again)).toEqual(first);
  });

  it.each(['"v2"', 'W/"v1"', '"v1x"'])('is a 412 of an order that the client does not know: %s', async (ifMatch) => {
    const response = await cancel(ifMatch);
    expect(response.status).toBe(412);
    expect(await json(response)).toMatchObject({
      reason: 'ORDER_CHANGED',
      metadata: { orderId: order.orderId, version: '1' },
    });
    expect(await read()).toMatchObject({ cancelled: false });
  });

  it('is a 412 if the order changes in between', async () => {
    shop.orders.beforeCancel = (orderId) => shop.orders.change(orderId, { status: 'CONFIRMED' });
    const response = await cancel('"v1"');
    expect(response.status).toBe(412);
    expect(await json(response)).toMatchObject({ reason: 'ORDER_CHANGED', metadata: { version: '2' } });
  });

  it.each(['*', '"v1", "v2"'])('cancels the changed order if the client allows that: %s', async (ifMatch) => {
    shop.orders.beforeCancel = (orderId) => shop.orders.change(orderId, { status: 'CONFIRMED' });
    expect(await json(await cancel(ifMatch))).toMatchObject({ status: 'CANCELLED', version: 3 });
  });

  it('is a 428 without If-Match', async () => {
    const response = await cancel();
    expect(response.status).toBe(428);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await json(response)).toMatchObject({ status: 428, reason: 'PRECONDITION_REQUIRED' });
    expect(await read()).toMatchObject({ cancelled: false });
  });

  it('is a 404 of an order that there is not', async () => {
    const response = await send('PUT', '/v1/orders/none/cancellation', {}, { 'if-match': '*' });
    expect(response.status).toBe(404);
    expect(await json(response)).toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  });

  it.each([
    [{ reason: 1 }, 'isString'],
    [{ reason: 'x'.repeat(201) }, 'isLength'],
    [{ reason: 'two\nlines' }, 'matches'],
  ])('refuses %j', async (body, rule) => {
    const response = await cancel('*', body);
    expect(response.status).toBe(400);
    expect((await json(response)).violations).toContainEqual(expect.objectContaining({ path: 'reason', rule }));
  });
});

describe('GET /v1/orders/{orderId}/cancellation', () => {
  it('says that the order is not cancelled, and how it can be', async () => {
    const response = await fetch(shop.url + cancellation());
    expect(response.headers.get('etag')).toBe('"v1"');
    expect(await json(response)).toEqual({
      orderId: order.orderId,
      cancelled: false,
      _links: { self: { href: cancellation() }, 'shop:order': order._links.self, curies: order._links.curies },
      _templates: order._templates,
    });
  });

  it('says that it is, and why', async () => {
    await cancel('*');
    const response = await fetch(shop.url + cancellation());
    expect(response.headers.get('etag')).toBe('"v2"');
    expect(await json(response)).toEqual({
      orderId: order.orderId,
      cancelled: true,
      reason: 'not needed',
      _links: { self: { href: cancellation() }, 'shop:order': order._links.self, curies: order._links.curies },
    });
  });

  it('is a 304 for who has it', async () => {
    const response = await fetch(shop.url + cancellation(), { headers: { 'if-none-match': '"v1"' } });
    expect(response.status).toBe(304);
  });
});

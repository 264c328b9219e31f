import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startGateway, startShop } from './shop.fixture.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const lines = [{ productId: 'p-1', quantity: 1 }];
const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${shop.url}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const json = (response: Response): Promise<any> => response.json();
const placeOrder = async () => json(await post({ customerId: 'c-1', lines }));
const problem = (response: Response) => {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return json(response);
};

describe('POST /v1/orders', () => {
  it('answers 201 with the place of the order, the order and links', async () => {
    const response = await post({ customerId: 'c-1', lines });
    expect(response.status).toBe(201);
    const order = await json(response);
    const self = `/v1/orders/${order.orderId}`;
    expect(response.headers.get('location')).toBe(self);
    expect(response.headers.get('etag')).toBe('"v1"');
    expect(order).toEqual({
      orderId: expect.any(String),
      customerId: 'c-1',
      status: 'PENDING',
      lines: [
        {
          productId: 'p-1',
          name: 'Product p-1',
          quantity: 1,
          unitPrice: { currencyCode: 'EUR', minorUnits: 1250 },
        },
      ],
      total: { currencyCode: 'EUR', minorUnits: 1250 },
      placedAt: '1970-01-01T00:00:00.000Z',
      version: 1,
      _links: {
        self: { href: self },
        curies: [{ name: 'shop', href: '/relations/{rel}', templated: true }],
        collection: { href: '/v1/orders?customerId=c-1' },
        'shop:events': { href: `${self}/events` },
        'shop:payment': { href: `${self}/payment` },
        'shop:cancellation': { href: `${self}/cancellation` },
        'shop:notifications': { href: '/v1/notifications?customerId=c-1' },
        'shop:ordered': [{ href: '/v1/products/p-1', title: 'Product p-1' }],
      },
      _templates: {
        cancel: {
          title: 'Cancel this order',
          method: 'PUT',
          target: `${self}/cancellation`,
          contentType: 'application/json',
          properties: [{ name: 'reason', prompt: 'Why', maxLength: 200 }],
        },
      },
    });
  });

  it('passes the Idempotency-Key on', async () => {
    const response = await post({ customerId: 'c-1', lines }, { 'idempotency-key': 'key-7' });
    expect(await json(response)).toMatchObject({ orderId: 'key-7' });
  });

  it.each(['ü', 'x'.repeat(256)])('refuses the Idempotency-Key `%s`', async (key) => {
    const response = await post({ customerId: 'c-1', lines }, { 'idempotency-key': key });
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ violations: [{ path: 'idempotencyKey', rule: 'matches' }] });
  });

  it('refuses bad input with path and rule', async () => {
    const response = await post({ customerId: '', lines: [{ productId: 'p-1', quantity: 'one' }] });
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_INPUT',
      violations: expect.arrayContaining([
        expect.objectContaining({ path: 'customerId', rule: 'isLength' }),
        expect.objectContaining({ path: 'lines[0].quantity', rule: 'isInt' }),
      ]),
    });
  });

  it.each([
    ['no body', '', 'application/json', 400],
    ['malformed JSON', '{', 'application/json', 400],
    ['another media type', '<order/>', 'text/xml', 415],
    ['more than 1 MiB', `{"x":"${'x'.repeat(1024 * 1024)}"}`, 'application/json', 413],
  ])('refuses %s', async (_, body, type, status) => {
    const response = await post(body, { 'content-type': type });
    expect(response.status).toBe(status);
    expect(await problem(response)).toMatchObject({ status });
  });

  it('says that stock is lacking as inventory said it', async () => {
    const response = await post({ customerId: 'c-1', lines: [{ productId: 'p-1', quantity: 4 }] });
    expect(response.status).toBe(409);
    expect(await problem(response)).toMatchObject({
      title: 'Conflict',
      status: 409,
      code: 'FAILED_PRECONDITION',
      reason: 'OUT_OF_STOCK',
      metadata: { productId: 'p-1', requested: '4', available: '3' },
    });
  });

  it('says which product is unknown', async () => {
    const response = await post({ customerId: 'c-1', lines: [...lines, { productId: 'p-9', quantity: 1 }] });
    expect(response.status).toBe(422);
    expect(await problem(response)).toMatchObject({
      reason: 'UNKNOWN_PRODUCT',
      violations: [{ path: 'lines[1].productId', rule: 'knownProduct' }],
    });
  });

  it('gives up at the deadline', async () => {
    const response = await post({ customerId: 'slow', lines }, { 'connect-timeout-ms': '50' });
    expect(response.status).toBe(504);
    expect(await problem(response)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('says that a service is down', async () => {
    const gateway = await startGateway('127.0.0.1:1');
    const response = await fetch(`${gateway.url}/v1/orders/o-1`);
    await gateway.stop();
    expect(response.status).toBe(503);
    expect(await problem(response)).toMatchObject({ code: 'UNAVAILABLE', detail: 'the service is not available' });
  });
});

describe('GET /v1/orders/{orderId}', () => {
  it('answers the order as it is now', async () => {
    const { orderId } = await placeOrder();
    shop.orders.change(orderId, { status: 'CANCELLED', cancelReason: 'no' });
    const response = await fetch(`${shop.url}/v1/orders/${orderId}`);
    expect(response.status).toBe(200);
    expect(await json(response)).toMatchObject({
      orderId,
      status: 'CANCELLED',
      cancelReason: 'no',
      _links: { self: { href: `/v1/orders/${orderId}` } },
    });
  });

  it('has a strong ETag, which changes with the order, and is a 304 for who has it', async () => {
    const { orderId } = await placeOrder();
    const read = (etag = '') => fetch(`${shop.url}/v1/orders/${orderId}`, { headers: { 'if-none-match': etag } });
    expect((await read()).headers.get('etag')).toBe('"v1"');
    const known = await read('"v1"');
    expect([known.status, await known.text()]).toEqual([304, '']);
    shop.orders.change(orderId, { status: 'CONFIRMED' });
    const changed = await read('"v1"');
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"v2"']);
  });

  it('is a 404 if there is none', async () => {
    const response = await fetch(`${shop.url}/v1/orders/none`);
    expect(response.status).toBe(404);
    expect(await problem(response)).toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  });
});

/** An item of a list has state and links. What can be done with it, and where its relations are described, is in its document. */
const asListed = ({ _templates, _links: { curies: _, ..._links }, ...order }: any) => ({ ...order, _links });

describe('GET /v1/orders', () => {
  it("answers a customer's orders, page by page", async () => {
    const order = { customerId: 'c list', lines };
    const placed = [await json(await post(order)), await json(await post(order)), await json(await post(order))];
    const response = await fetch(`${shop.url}/v1/orders?customerId=c+list&pageSize=2`);
    const first = await json(response);
    const { self, next } = first._links;
    expect(first._embedded['shop:orders']).toEqual(placed.slice(0, 2).map(asListed));
    expect(self).toEqual({ href: '/v1/orders?customerId=c%20list&pageSize=2' });
    expect(next).toEqual({ href: '/v1/orders?customerId=c%20list&pageSize=2&pageToken=2' });
    expect(response.headers.get('link')).toBe(`<${next.href}>; rel="next"`);
    const second = await json(await fetch(shop.url + next.href));
    expect(second._embedded['shop:orders']).toEqual(placed.slice(2).map(asListed));
    expect(second._links.self).toEqual(next);
    expect(second._links).not.toHaveProperty('next');
  });

  it('refuses to answer for nobody', async () => {
    const response = await fetch(`${shop.url}/v1/orders`);
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ violations: [{ path: 'customerId', rule: 'isLength' }] });
  });
});

describe('GET /v1/orders/{orderId}/events', () => {
  it('streams the order until its final state, each time as GET has it', async () => {
    const { orderId } = await placeOrder();
    const response = await fetch(`${shop.url}/v1/orders/${orderId}/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    shop.orders.change(orderId, { status: 'CONFIRMED' });

    const events = (await response.text()).match(/^data: .*$/gm)!.map((line) => JSON.parse(line.slice(6)));
    expect(events.map(({ status }) => status)).toEqual(['PENDING', 'CONFIRMED']);
    expect(events[1]).toEqual(await json(await fetch(`${shop.url}/v1/orders/${orderId}`)));
  });

  it('is a 404 if there is no such order', async () => {
    const response = await fetch(`${shop.url}/v1/orders/none/events`);
    expect(response.status).toBe(404);
    expect(await problem(response)).toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  });

  it('stops watching when the client goes away', async () => {
    const { orderId } = await placeOrder();
    const leaving = new AbortController();
    const unwatched = firstValueFrom(shop.orders.unwatched);
    await fetch(`${shop.url}/v1/orders/${orderId}/events`, { signal: leaving.signal });
    leaving.abort();
    expect(await unwatched).toBe(orderId);
  });

  it('stops watching also when the client goes away before the first event', async () => {
    const leaving = new AbortController();
    const watched = firstValueFrom(shop.orders.watched);
    const unwatched = firstValueFrom(shop.orders.unwatched);
    const response = fetch(`${shop.url}/v1/orders/silent/events`, { signal: leaving.signal }).catch(() => 'left');
    await watched;
    const start = Date.now();
    leaving.abort();
    expect(await response).toBe('left');
    expect(await unwatched).toBe('silent');
    expect(Date.now() - start).toBeLessThan(5000);
  });

  it('fails at the deadline if there is no first event', async () => {
    const response = await fetch(`${shop.url}/v1/orders/silent/events`, { headers: { 'connect-timeout-ms': '50' } });
    expect(response.status).toBe(504);
  });
});

/**
 * Cacheable: every answer says whether it may be used again, by whom, and for how long. The request that is never sent is the
 * fastest one, and costs the service nothing. But who keeps an answer must be sure that it may: a cache that guesses shows old
 * prices, or one customer's order to another.
 *
 * So an answer says one of four things, in `Cache-Control`:
 *
 *   public, max-age=5     the same for everybody: whoever passes it on may keep it, for 5 s without asking
 *   private, no-cache     for one customer: only that customer's client may keep it, and asks each time whether it has changed
 *   no-store              nobody keeps it
 *   (nothing)             must not happen: every cache would do what it thinks best
 *
 * And what may be kept has an `ETag`, a name of this very version, by which one asks whether it is still good.
 */
import { randomUUID } from 'node:crypto';
import CachePolicy from 'http-cache-semantics';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { origin } from '../addresses.ts';
import { post, productInStock, put } from '../shop.ts';

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(origin('gateway') + path, { headers });
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
};
type Answer = Awaited<ReturnType<typeof get>>;

/** The judge is a library that caches all over the world are made of. */
const judged = (path: string, answer: Answer, shared: boolean) => {
  const request = { url: path, method: 'GET', headers: {} };
  const policy = new CachePolicy(request, answer, { shared });
  return {
    mayBeKept: policy.storable(),
    withoutAsking: policy.storable() && policy.satisfiesWithoutRevalidation(request),
  };
};
/** A cache that many clients use: of a company, of a content delivery network. */
const byAnyCache = (path: string, answer: Answer) => judged(path, answer, true);
/** The cache of one person's browser. */
const byOwnCache = (path: string, answer: Answer) => judged(path, answer, false);

const customerId = `customer-${randomUUID()}`;
let productId: string;
/** An order that is paid, so that nothing happens to it any more unless a test does it. */
let order: string;
beforeAll(async () => {
  ({ productId } = await productInStock());
  const { headers } = await post('/v1/orders', { customerId, lines: [{ productId, quantity: 1 }] });
  order = headers.get('location')!;
  const isPaid = async () => expect((await get(`${order}/payment`)).text).toContain('SETTLED');
  const isConfirmed = async () => expect((await get(order)).text).toContain('CONFIRMED');
  await vi.waitFor(isPaid, { timeout: 15_000 });
  await vi.waitFor(isConfirmed, { timeout: 15_000 });
});

describe('an answer says who may keep it', () => {
  it.each([
    ['the entry', () => '/'],
    ['the catalogue', () => '/v1/products'],
    ['a product', () => `/v1/products/${productId}`],
    ['what an error means', () => '/problems/OUT_OF_STOCK'],
  ])('everybody, for a while without asking: %s', async (_, path) => {
    const answer = await get(path());
    expect(answer.headers['cache-control']).toMatch(/^public, max-age=\d+/);
    expect(byAnyCache(path(), answer)).toEqual({ mayBeKept: true, withoutAsking: true });
  });

  it.each([
    ['the orders of a customer', () => `/v1/orders?customerId=${customerId}`],
    ['an order', () => order],
    ['its payment', () => `${order}/payment`],
    ['its cancellation', () => `${order}/cancellation`],
  ])("the customer's own client, which asks each time: %s", async (_, path) => {
    const answer = await get(path());
    expect(byAnyCache(path(), answer)).toEqual({ mayBeKept: false, withoutAsking: false });
    expect(byOwnCache(path(), answer)).toEqual({ mayBeKept: true, withoutAsking: false });
  });

  it.each([
    ['what a customer was told', () => `/v1/notifications?customerId=${customerId}`],
    ['the events of an order', () => `${order}/events`],
    ['whether the service is well', () => '/healthz'],
    ['an error, as it may be over a moment later', () => '/v1/products/none'],
  ])('nobody: %s', async (_, path) => {
    const answer = await get(path());
    expect(answer.headers['cache-control']).toMatch(/^no-store/);
    expect(byOwnCache(path(), answer)).toEqual({ mayBeKept: false, withoutAsking: false });
  });
});

describe('who has an answer asks whether it is still good', () => {
  it.each([
    ['/', () => '/'],
    ['the catalogue', () => '/v1/products'],
    ['a product', () => `/v1/products/${productId}`],
    ['the orders of a customer', () => `/v1/orders?customerId=${customerId}`],
    ['an order', () => order],
    ['its payment', () => `${order}/payment`],
  ])('304: it is, and need not be sent again: %s', async (_, path) => {
    const { headers } = await get(path());
    const again = await get(path(), { 'if-none-match': headers['etag']! });
    expect([again.status, again.text]).toEqual([304, '']);
    // what a cache has to know to keep it for longer
    for (const name of ['cache-control', 'etag', 'vary'])
      expect([name, again.headers[name]]).toEqual([name, headers[name]]);
  });

  it('200: it has changed, and its new version has another ETag', async () => {
    const { headers } = await post('/v1/orders', { customerId, lines: [{ productId, quantity: 1 }] });
    const placed = headers.get('location')!;
    const known = headers.get('etag')!;
    const hasChanged = async () => {
      const { status, headers: now } = await get(placed, { 'if-none-match': known });
      expect(status).toBe(200);
      expect(now['etag']).not.toBe(known);
    };
    await vi.waitFor(hasChanged, { timeout: 15_000 }); // once it is paid
  });

  it('by a date, if it knows no ETag', async () => {
    // a date has seconds only: it is not given until its second is over, in which there might be another change
    const dated = async () => {
      const { headers } = await get(`${order}/payment`);
      expect(headers).toHaveProperty('last-modified');
      return headers['last-modified']!;
    };
    const date = await vi.waitFor(dated, { timeout: 5000 });
    expect((await get(`${order}/payment`, { 'if-modified-since': date })).status).toBe(304);
  });
});

/** The same names of versions keep two clients from overwriting what the other one did: nobody changes what they have not seen. */
describe('who changes something says which version it knows', () => {
  const cancel = (headers: Record<string, string> = {}) =>
    put(`${order}/cancellation`, { reason: 'too late' }, headers);

  it('428: it did not say', async () => {
    expect((await cancel()).status).toBe(428);
  });

  it('412: it is not that version any more', async () => {
    expect((await cancel({ 'if-match': '"v1"' })).status).toBe(412);
  });

  it('200: it is; then caches must ask for the changed one again, as the answer names it', async () => {
    const { headers } = await get(order);
    const { status, headers: answer } = await cancel({ 'if-match': headers['etag']! });
    expect([status, answer.get('content-location'), answer.get('cache-control')]).toEqual([200, order, 'no-store']);
    expect((await get(order, { 'if-none-match': headers['etag']! })).status).toBe(200);
  });
});

/**
 * Layered: a client cannot tell whether it talks to the service or to something in between, and neither has to know. So anybody
 * can put a load balancer, a cache or a gate in front of a service, and take it away again, without changing client or service.
 *
 * Here it is nginx with a cache, in front of the shop as everybody runs it. nginx is told nothing about resources: it keeps
 * what the answers allow it to keep. (The web has no better witness: nobody here wrote nginx.)
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { origin } from '../addresses.ts';
import { Nginx, type Site } from '../nginx.ts';
import { productInStock } from '../shop.ts';
import { Recorder } from './recorder.ts';

/**
 * The shop is under `/shop/`, and all of it goes through one cache. `x-cache` says what nginx did with a request. Under `/uncached/`
 * it is there once more, without a cache.
 */
const CACHE: Site = {
  http: `
  proxy_cache_path cache keys_zone=answers:1m;`,
  locations: `
    location /shop/ {
      proxy_pass http://gateway/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-Prefix /shop;
      proxy_cache answers;
      proxy_cache_revalidate on;
      add_header X-Cache $upstream_cache_status always;
    }
    location /uncached/ {
      proxy_pass http://gateway/;
      proxy_set_header X-Forwarded-Prefix /uncached;
    }`,
};

const HOW_TO_GET_IT = '(needs nginx: apt-get install --no-install-recommends nginx)';

let nginx: Nginx;
/** Between nginx and the shop. */
let shop: Recorder;
beforeAll(async () => {
  if (!Nginx.program) return;
  shop = await Recorder.before(origin('gateway'));
  nginx = await Nginx.before([shop.address], CACHE);
});
afterAll(async () => {
  await nginx?.stop();
  shop?.close();
});
beforeEach(() => {
  shop?.requests.splice(0);
});

const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: object) => {
  const response = await fetch(nginx.url + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const cache = response.headers.get('x-cache');
  return { status: response.status, headers: response.headers, text, cache };
};
const get = (path: string, headers?: Record<string, string>) => send('GET', path, headers);
const placeOrder = async (customerId: string): Promise<{ path: string; etag: string }> => {
  const { productId } = await productInStock();
  const lines = [{ productId, quantity: 1 }];
  const { status, headers } = await send('POST', '/shop/v1/orders', {}, { customerId, lines });
  expect(status).toBe(201);
  return { path: headers.get('location')!, etag: headers.get('etag')! };
};
/** Each test has a URI of its own, which no other has put into the cache: parameters that nobody knows are not read. */
const once = (path: string) => `${path}?${randomUUID()}`;

describe.skipIf(!Nginx.program)(`a cache that stands before the shop ${HOW_TO_GET_IT}`, () => {
  it('answers the second read of the catalogue by itself', async () => {
    const path = once('/shop/v1/products');
    const first = await get(path);
    const second = await get(path);
    expect([first.cache, second.cache]).toEqual(['MISS', 'HIT']);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(shop.requests).toHaveLength(1);
  });

  it('answers a client that has the catalogue already: 304', async () => {
    const path = once('/shop/v1/products');
    const etag = (await get(path)).headers.get('etag')!;
    const again = await get(path, { 'if-none-match': etag });
    expect([again.status, again.text, again.cache]).toEqual([304, '', 'HIT']);
    expect(shop.requests).toHaveLength(1);
  });

  it('asks the shop whether what it keeps is still good once it is old, and need not get it again', async () => {
    const { productId } = await productInStock();
    const path = once(`/shop/v1/products/${productId}`);
    const { text, headers } = await get(path);
    const renewed = async () => {
      const again = await get(path);
      expect(again.cache).toBe('REVALIDATED');
      return again;
    };
    expect((await vi.waitFor(renewed, { timeout: 20_000, interval: 500 })).text).toBe(text);
    expect(shop.requests).toHaveLength(2);
    expect(shop.requests[1]!.headers['if-none-match']).toBe(headers.get('etag'));
  });

  it('never answers what is personal', async () => {
    const customers = [`customer-${randomUUID()}`, `customer-${randomUUID()}`];
    const [mine, theirs] = [await placeOrder(customers[0]!), await placeOrder(customers[1]!)];
    const isDecided = async () => expect((await get(`${mine.path}/payment`)).status).toBe(200);
    await vi.waitFor(isDecided, { timeout: 10_000 });
    for (const path of [
      mine.path,
      theirs.path,
      `${mine.path}/cancellation`,
      `${mine.path}/payment`,
      `/shop/v1/orders?customerId=${customers[0]}`,
      `/shop/v1/orders?customerId=${customers[1]}`,
      `/shop/v1/notifications?customerId=${customers[0]}`,
      `/shop/v1/notifications?customerId=${customers[1]}`,
    ]) {
      shop.requests.splice(0);
      const answers = [await get(path), await get(path), await get(path)];
      expect(answers.map(({ status, cache }) => [path, status, cache])).toEqual(Array(3).fill([path, 200, 'MISS']));
      expect(shop.requests).toHaveLength(3);
    }
  });

  it('keeps the forms of an answer apart that a client can choose from', async () => {
    const path = once('/shop/v1/products');
    const types = ['application/hal+json', 'application/json', 'application/prs.hal-forms+json'];
    for (const cache of ['MISS', 'HIT'])
      for (const accept of types) {
        const answer = await get(path, { accept });
        const type = answer.headers.get('content-type')!.split(';')[0];
        expect([type, answer.cache]).toEqual([accept, cache]);
      }
    expect(shop.requests).toHaveLength(3);
  });

  it('never answers with an error that is over', async () => {
    const path = once('/shop/v1/products/none');
    expect([(await get(path)).status, (await get(path)).status]).toEqual([404, 404]);
    expect(shop.requests).toHaveLength(2);
  });

  it('hands on what changes a resource, with its conditions, and the answer', async () => {
    const { path, etag } = await placeOrder(`customer-${randomUUID()}`);
    const cancel = (condition: Record<string, string>) =>
      send('PUT', `${path}/cancellation`, condition, { reason: 'changed my mind' });
    expect((await cancel({})).status).toBe(428);
    expect((await cancel({ 'if-match': '"v99"' })).status).toBe(412);
    // it may have been paid meanwhile, which is another version
    const current = async () => {
      const { status } = await cancel({ 'if-match': (await get(path)).headers.get('etag') ?? etag });
      expect(status).toBe(200);
    };
    await vi.waitFor(current, { timeout: 10_000 });
    expect(JSON.parse((await get(path)).text)).toMatchObject({ status: 'CANCELLED' });
  });

  it('hands on a question for a change where it keeps nothing itself', async () => {
    const { path } = await placeOrder(`customer-${randomUUID()}`);
    const uncached = path.replace('/shop/', '/uncached/');
    const isAnswered = async () => {
      const etag = (await get(uncached)).headers.get('etag')!;
      expect((await get(uncached, { 'if-none-match': etag })).status).toBe(304);
    };
    await vi.waitFor(isAnswered, { timeout: 10_000 }); // it may have been paid in between
  });

  it('hands on events as they happen', async () => {
    const { path } = await placeOrder(`customer-${randomUUID()}`);
    const { headers, text } = await get(`${path}/events`, { accept: 'text/event-stream' });
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(text).toContain('"status":"CONFIRMED"');
  });
});

/**
 * A layer may also give the service another name. Clients follow links, so it is enough that links lead through the layer: the
 * proxy says under which path it has the shop, and the shop believes the proxies that it is told to trust (TRUSTED_PROXIES).
 */
describe.skipIf(!Nginx.program)(`a proxy that has the shop under /shop/ ${HOW_TO_GET_IT}`, () => {
  /** Whatever looks like a path, in a document or in a header field. */
  const pathsIn = (text: string) => [...text.matchAll(/["<](\/[^">]*)/g)].map(([, path]) => path!);

  it('is never left by who follows links', async () => {
    const { path } = await placeOrder(`customer-${randomUUID()}`);
    const { productId } = await productInStock();
    for (const place of ['/shop/', '/shop/v1/products?pageSize=1', `/shop/v1/products/${productId}`, path]) {
      const { status, text, headers } = await get(place);
      const paths = pathsIn(`${text} ${headers.get('link') ?? ''}`);
      expect([place, status, paths.length > 0]).toEqual([place, 200, true]);
      expect(paths.filter((one) => !one.startsWith('/shop/'))).toEqual([]);
    }
  });

  it('is where links lead: to an order that was placed, for example', async () => {
    const { path } = await placeOrder(`customer-${randomUUID()}`);
    expect(path).toMatch(/^\/shop\/v1\/orders\//);
    const order = await get(path);
    expect(order.status).toBe(200);
    expect(pathsIn(order.text)).toContain(path);
  });

  it('is where the kinds of errors are explained', async () => {
    const { text } = await get('/shop/v1/products/none');
    const { type } = JSON.parse(text);
    expect(JSON.parse((await get(type)).text)).toMatchObject({ type, reason: 'PRODUCT_NOT_FOUND' });
  });

  it('is not what a client says it is', async () => {
    const { text } = await get(once('/shop/v1/products'), { 'x-forwarded-prefix': '/evil' });
    expect(text).not.toContain('/evil');
  });
});

/** httplint, by one of the authors of HTTP's specifications, reads the answers of every route. What it warns of is fixed, or explained. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { findProgram } from '@fourfold/system/machine/programs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { origin } from '../addresses.ts';
import { get, post, productInStock } from '../shop.ts';

const HTTPLINT = findProgram('httplint');

/** Warnings that we live with. */
const EXPLAINED = new Map([
  [
    'The Keep-Alive header is deprecated.',
    'Node sends it, and its clients read it, so that they use no connection that is about to end',
  ],
  ['Cache-Control: public is probably not necessary.', 'it is for requests with Authorization: the same for them, too'],
  ["The server didn't understand the request.", 'says no more than that the status is 400'],
  ['"Accept" isn\'t valid in a response.', 'it is, in a 415 (RFC 9110, section 15.5.16)'],
]);

let order: string;
let product: string;
beforeAll(async () => {
  if (!HTTPLINT) return;
  const { productId } = await productInStock();
  product = `/v1/products/${productId}`;
  const placed = await post('/v1/orders', { customerId: 'customer-lint', lines: [{ productId, quantity: 1 }] });
  order = placed.headers.get('location')!;
  const isPaid = async () => expect((await get(`${order}/payment`)).status).toBe(200);
  await vi.waitFor(isPaid, { timeout: 15_000 });
});

interface Sent {
  app?: string;
  headers?: Record<string, string>;
  body?: object | string;
}

/** The answer as it came over the wire. */
const answerTo = async (
  method: string,
  path: string,
  { app = 'gateway', headers = {}, body }: Sent,
): Promise<string> => {
  const type = body !== undefined && { 'content-type': 'application/json' };
  const sent = request(origin(app) + path, { method, headers: { ...type, ...headers }, agent: false });
  sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
  const [response] = await once(sent, 'response');
  const raw: string[] = response.rawHeaders;
  const fields = raw.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${raw[index + 1]}\r\n`]));
  const start = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`;
  return `${start}${fields.filter((field) => !/^transfer-encoding/i.test(field)).join('')}\r\n${await text(response)}`;
};

/** What httplint does not like. */
const warningsIn = (answer: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const linting = execFile(HTTPLINT!, ['--now'], (error, output) =>
      error ? reject(error) : resolve([...output.matchAll(/^\* \[(?:WARN|BAD)\] (.*)$/gm)].map(([, note]) => note!)),
    );
    linting.stdin!.end(answer);
  });

const ROUTES: [name: string, method: string, path: () => string, status: number, sent?: () => Sent][] = [
  ['the entry', 'GET', () => '/', 200],
  ['the page for people', 'GET', () => '/', 200, () => ({ headers: { accept: 'text/html' } })],
  ['code for browsers', 'GET', () => '/web/shop-order.js', 200],
  ['the catalogue', 'GET', () => '/v1/products', 200],
  ['a page of it', 'GET', () => '/v1/products?pageSize=1', 200],
  ['a product', 'GET', () => product, 200],
  ["a customer's orders", 'GET', () => '/v1/orders?customerId=customer-lint', 200],
  ['an order', 'GET', () => order, 200],
  [
    'an order that is placed',
    'POST',
    () => '/v1/orders',
    201,
    () => ({ body: { customerId: 'customer-lint', lines: [{ productId: product.split('/').at(-1), quantity: 1 }] } }),
  ],
  ['its events', 'GET', () => `${order}/events`, 200, () => ({ headers: { accept: 'text/event-stream' } })],
  ['its payment', 'GET', () => `${order}/payment`, 200],
  ['whether it is cancelled', 'GET', () => `${order}/cancellation`, 200],
  ['notifications', 'GET', () => '/v1/notifications?customerId=customer-lint', 200],
  ['what links mean', 'GET', () => '/relations', 200],
  ['the kinds of errors', 'GET', () => '/problems', 200],
  ['a kind of error', 'GET', () => '/problems/OUT_OF_STOCK', 200],
  ['health', 'GET', () => '/healthz', 200],
  ['readiness', 'GET', () => '/readyz', 200],
  ['nothing', 'GET', () => '/nowhere', 404],
  ['another spelling', 'GET', () => '/v1/%70roducts', 308],
  ['a wrong method', 'DELETE', () => '/v1/products', 405],
  ['an unknown method', 'BREW', () => '/', 501],
  ['the methods of a path', 'OPTIONS', () => '/v1/orders', 204],
  ['input that is refused', 'GET', () => '/v1/products?pageSize=x', 400],
  [
    'a body that is no JSON',
    'POST',
    () => '/v1/orders',
    415,
    () => ({ body: '<a/>', headers: { 'content-type': 'text/xml' } }),
  ],
  ['what is not acceptable', 'GET', () => '/v1/products', 406, () => ({ headers: { accept: 'image/png' } })],
  ['a change without a condition', 'PUT', () => `${order}/cancellation`, 428, () => ({ body: { reason: 'no' } })],
  [
    'a change of an older version',
    'PUT',
    () => `${order}/cancellation`,
    412,
    () => ({ body: { reason: 'no' }, headers: { 'if-match': '"v0"' } }),
  ],
  ["inventory's own catalogue", 'GET', () => '/products', 200, () => ({ app: 'inventory' })],
  ["inventory's own product", 'GET', () => product.replace('/v1', ''), 200, () => ({ app: 'inventory' })],
  ["inventory's own refusal", 'POST', () => '/reservations', 400, () => ({ app: 'inventory', body: {} })],
];

describe.skipIf(!HTTPLINT)('what httplint says (needs httplint: pip install httplint)', () => {
  it.each(ROUTES)('of %s: %s', async (_, method, path, status, sent = () => ({})) => {
    const answer = await answerTo(method, path(), sent());
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await warningsIn(answer)).filter((note) => !EXPLAINED.has(note))).toEqual([]);
  });

  it('of what has not changed', async () => {
    const { headers } = await get(product);
    const answer = await answerTo('GET', product, { headers: { 'if-none-match': headers.get('etag')! } });
    expect(answer).toMatch(/^HTTP\/1.1 304 /);
    expect((await warningsIn(answer)).filter((note) => !EXPLAINED.has(note))).toEqual([]);
  });
});

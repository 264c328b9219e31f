/**
 * REST's sixth constraint: code on demand.
 *
 * A server may extend its clients by sending them code. It is the only optional constraint: whoever does not run the code gets the
 * same resources by the same links and loses nothing but convenience.
 *
 * Here the code is the element `<shop-order>`, a module that the gateway serves beside its API. The page below belongs to somebody
 * else, on another origin. It knows the URI of the API's root and what the relation `shop:order-element` means, but nothing of
 * orders: not what one looks like, not which states it has, not how it is watched. All of that is in the code, so the shop can
 * change it for all such pages on the day on which it changes its orders.
 *
 * Code of others is a matter of trust, in both directions, and browsers ask both sides. The page lets the shop's code in by its
 * Content-Security-Policy; the shop lets the page read its answers by CORS (`CORS_ORIGINS`).
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { origin } from '../addresses.ts';
import { get, post, productInStock } from '../shop.ts';
import { browserForTests, CHROMIUM, MINUTE } from './browser.ts';
import { startGateway } from './gateway.ts';

/** What the page runs. `shop` is all that it knows of it: the URI of its root. */
const SCRIPT = `
  const { shop, order } = Object.fromEntries(new URLSearchParams(location.search));
  const root = await (await fetch(shop)).json();
  await import(new URL(root._links['shop:order-element'].href, shop));
  const element = document.querySelector('shop-order');
  globalThis.changes = [];
  addEventListener('order-change', ({ detail }) => changes.push(detail));
  addEventListener('order-problem', ({ detail }) => changes.push(detail.status));
  element.setAttribute('href', new URL(order, shop));
`;
const HTML = `<!doctype html><html lang="en"><title>A page of somebody else</title>
  <script type="module" src="/script.js"></script>
  <main><h1>Your order</h1><shop-order>Here your order is shown.</shop-order></main></html>`;

/** The origin of somebody else. A page of it lets in code and answers of `trusted`, and nothing more: no style, no image. */
const startOtherOrigin = async (): Promise<{ server: Server; origin: string }> => {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    if (pathname === '/script.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(SCRIPT);
    if (pathname !== '/') return response.writeHead(204).end();
    const trusted = searchParams.get('trusted') ?? '';
    const policy = `default-src 'none'; script-src 'self' ${trusted}; connect-src ${searchParams.get('shop')}`;
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

describe.skipIf(!CHROMIUM)('code on demand', { timeout: MINUTE }, () => {
  const open = browserForTests();
  let other: Awaited<ReturnType<typeof startOtherOrigin>>;
  let shop: Awaited<ReturnType<typeof startGateway>>;
  beforeAll(async () => {
    other = await startOtherOrigin();
    shop = await startGateway({ CORS_ORIGINS: other.origin });
  });
  afterAll(async () => {
    await shop?.stop();
    other?.server.close();
  });

  const pageOf = (order: string, at = shop.url, trusted = at) =>
    `${other.origin}/?${new URLSearchParams({ shop: `${at}/`, order, trusted })}`;
  /** The URI of a new order. */
  const placeOrder = async (quantity = 1): Promise<string> => {
    const { productId } = await productInStock(quantity);
    const { headers } = await post('/v1/orders', { customerId: randomUUID(), lines: [{ productId, quantity }] });
    return headers.get('location')!;
  };
  const changesIn = (page: Page): Promise<any[]> => page.evaluate('globalThis.changes');

  it('shows an order on a page of another origin, and watches it until it is settled', async () => {
    const order = await placeOrder();
    await using opened = await open(pageOf(order));
    const { page, complaints } = opened;
    await page.getByText('Confirmed', { exact: true }).first().waitFor();
    await page.getByRole('table', { name: 'What was ordered' }).waitFor();

    const changes = await changesIn(page);
    expect(changes.at(-1)).toEqual((await get(order)).body); // the resource is the same with the code and without
    expect(complaints).toEqual([]); // nothing that the policy of the page forbids
  });

  /** The states that the page is told of until this order is confirmed. */
  const watch = async (page: Page, order: string): Promise<string[]> => {
    const states = async () => (await changesIn(page)).map(({ status }) => status);
    const href = JSON.stringify(shop.url + order);
    await page.evaluate(`changes.length = 0; document.querySelector('shop-order').setAttribute('href', ${href})`);
    await expect.poll(async () => (await states()).at(-1)).toBe('CONFIRMED');
    return states();
  };

  it('tells the page of each change by an event of the DOM', async () => {
    await using opened = await open(pageOf(await placeOrder()));
    const { page } = opened;
    await expect.poll(() => page.evaluate('globalThis.changes?.length')).toBeTruthy();
    // of an order that is confirmed before the page comes to it there is nothing to watch: then with another one
    await expect.poll(async () => watch(page, await placeOrder())).toEqual(['PENDING', 'CONFIRMED']);
  });

  it('looks again by itself if the events are refused', async () => {
    await using opened = await open('about:blank');
    const { page } = opened;
    const refused: string[] = [];
    await page.route('**/*', (route) => {
      const isStream = route.request().headers()['accept'] === 'text/event-stream';
      if (isStream) refused.push(route.request().url());
      return isStream ? route.fulfill({ status: 503 }) : route.continue();
    });
    await page.goto(pageOf(await placeOrder()));
    await expect.poll(() => page.evaluate('globalThis.changes?.length')).toBeTruthy();
    await expect.poll(async () => watch(page, await placeOrder())).toEqual(['PENDING', 'CONFIRMED']);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused).size).toBe(refused.length); // nobody asks for them twice
  });

  it('says what is wrong, and what to do, if there is no such order', async () => {
    await using opened = await open(pageOf('/v1/orders/none'));
    const { page } = opened;
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('This does not exist');
    expect(await alert.innerText()).toContain('there is no order none');
    expect(await changesIn(page)).toEqual([404]);
  });

  it('is not run by a page whose Content-Security-Policy does not let it in', async () => {
    await using opened = await open(pageOf(await placeOrder(), shop.url, "'none'"));
    const { page, complaints } = opened;
    await expect.poll(() => complaints.join()).toContain('Content Security Policy');
    expect(await page.getByText('Here your order is shown.').isVisible()).toBe(true);
  });

  it('is not given to a page of an origin that the shop does not let in', async () => {
    // the gateway of the system has no CORS_ORIGINS: closed, as by default
    await using opened = await open(pageOf(await placeOrder(), origin('gateway')));
    const { page, complaints } = opened;
    await expect.poll(() => complaints.join()).toContain('CORS policy');
    expect(await page.getByText('Here your order is shown.').isVisible()).toBe(true);
  });
});

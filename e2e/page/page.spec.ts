/** The page for people at `/`: what a customer does with it, also with the keyboard alone, on a phone, in the dark. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { origin } from '../src/addresses.ts';
import { browserForTests, CHROMIUM, MINUTE, type OpenPage } from '../src/rest/browser.ts';
import { startGateway } from '../src/rest/gateway.ts';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

const PHONE: BrowserContextOptions = { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true };
const VIEWS = ['Products', 'Basket', 'Orders', 'Messages'];

describe.skipIf(!CHROMIUM)('the page for people', { timeout: MINUTE }, () => {
  const open = browserForTests();
  const openShop = (options?: BrowserContextOptions): Promise<OpenPage> => open(`${origin('gateway')}/`, options);
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const go = async (page: Page, view: string) => {
    await page.getByRole('link', { name: new RegExp(`^${view}`) }).click();
    await heading(page, view);
  };
  const fillBasket = async (page: Page) => {
    await page.getByRole('button', { name: /^Add/ }).first().click();
    await go(page, 'Basket');
  };
  const order = (page: Page) => page.getByRole('button', { name: 'Place the order' });
  const placeOrder = async (page: Page) => {
    await fillBasket(page);
    await order(page).click();
    await heading(page, 'Order');
    await page.getByText('It is paid and yours.').waitFor();
  };

  const visible = (locator: Locator) => () => locator.isVisible();

  /** Presses Tab until this element has the focus, as somebody who sees the page would. */
  const tabTo = async (page: Page, target: Locator) => {
    await target.waitFor();
    await expect
      .poll(
        async () => {
          await page.keyboard.press('Tab');
          return target.evaluate((element) => element.matches(':focus-visible'));
        },
        { interval: 0 },
      )
      .toBe(true);
  };

  it('browses, orders, watches, lists and cancels with the keyboard alone', async () => {
    await using opened = await openShop();
    const { page, complaints } = opened;
    const { keyboard } = page;
    await heading(page, 'Products');

    await tabTo(page, page.getByRole('spinbutton', { name: /^How many of/ }).first());
    await keyboard.press('ArrowUp');
    await tabTo(page, page.getByRole('button', { name: /^Add/ }).first());
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('link', { name: /^Basket \(2\)/ }).first());
    await keyboard.press('Enter');
    await heading(page, 'Basket');

    await tabTo(page, page.getByRole('button', { name: /^Place the order/ }).first());
    await keyboard.press('Enter');
    await heading(page, 'Order');
    await page.getByText('It is paid and yours.').waitFor();
    await page.getByText(/is paid, /).waitFor();
    await page.getByRole('region', { name: 'Messages' }).getByRole('listitem').nth(1).waitFor();

    await tabTo(page, page.getByRole('link', { name: /^Orders/ }).first());
    await keyboard.press('Enter');
    await heading(page, 'Orders');
    await tabTo(page, page.getByRole('link', { name: /, \d+ k?g/ }).first());
    await keyboard.press('Enter');
    await heading(page, 'Order');

    await tabTo(page, page.getByText('Cancel this order'));
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('textbox', { name: /^Reason/ }).first());
    await keyboard.type('I changed my mind');
    await keyboard.press('Enter');
    await page.getByText('Reason: I changed my mind').waitFor();
    await page.getByText(/is given back/).waitFor();

    await tabTo(page, page.getByRole('link', { name: /^Messages/ }).first());
    await keyboard.press('Enter');
    await heading(page, 'Messages');
    await page.getByRole('link', { name: 'See the order' }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('leads through the products page by page', async () => {
    await using opened = await openShop();
    const { page } = opened;
    const names = () => page.getByRole('heading', { level: 2 }).allInnerTexts();
    await heading(page, 'Products');
    const first = await names();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByRole('link', { name: 'First page' }).waitFor();
    expect((await names()).filter((name) => first.includes(name))).toEqual([]);
    await page.goBack();
    await expect.poll(names).toEqual(first);
  });

  it('orders once if the button is pressed twice', async () => {
    await using opened = await openShop();
    const { page } = opened;
    await fillBasket(page);
    await order(page).dblclick();
    await heading(page, 'Order');
    await go(page, 'Orders');
    expect(await page.getByRole('main').getByRole('listitem').count()).toBe(1);
  });

  it('orders once if the answer is lost and the customer tries again', async () => {
    await using opened = await openShop();
    const { page } = opened;
    await fillBasket(page);
    await page.route(
      '**/*',
      async (route) => {
        await route.fetch(); // the shop has the order
        await route.abort();
      },
      { times: 1 },
    );
    await order(page).click();
    await page.getByText('The shop cannot be reached').waitFor();
    await page.reload();
    await order(page).click();
    await heading(page, 'Order');
    await go(page, 'Orders');
    expect(await page.getByRole('main').getByRole('listitem').count()).toBe(1);
  });

  it('cancels nothing but what the customer has seen', async () => {
    await using opened = await openShop();
    const { page } = opened;
    await placeOrder(page);
    // as if it changed when the form was just opened: what the page reads now is an older version
    const [, uri = ''] = decodeURIComponent(new URL(page.url()).hash).split('=');
    const read = page.waitForResponse(uri);
    await page.route(
      uri,
      async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), etag: '"v0"' } });
      },
      { times: 1 },
    );
    await page.getByText('Cancel this order').click();
    await read;
    const cancel = page.getByRole('button', { name: 'Cancel the order' });
    await cancel.click();
    await page.getByText('The order has changed meanwhile').waitFor();
    await cancel.click();
    await expect.poll(visible(page.getByText('Cancelled', { exact: true }).first())).toBe(true);
  });

  it('says what to do if there is not enough in stock', async () => {
    await using opened = await openShop();
    const { page } = opened;
    await fillBasket(page);
    await page.getByRole('spinbutton').fill('1000');
    await order(page).click();
    await page.getByRole('alert').getByText('Take fewer of it').waitFor();
    await page.getByRole('spinbutton').fill('1');
    await order(page).click();
    await expect.poll(visible(page.getByText('It is paid and yours.'))).toBe(true);
  });

  it('says that the shop cannot be reached, and comes back', async () => {
    await using opened = await openShop();
    const { page } = opened;
    await heading(page, 'Products');
    await page.context().setOffline(true);
    await page.getByRole('link', { name: /^Orders/ }).click();
    await page.getByText('Check your connection').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(visible(page.getByText('There are none yet'))).toBe(true);
  });

  it('works under the path of a proxy', async () => {
    const gateway = await startGateway({ TRUSTED_PROXIES: '127.0.0.1' });
    try {
      await using opened = await open('about:blank');
      const { page, complaints } = opened;
      await page.route(`${gateway.url}/**`, (route) => {
        const { pathname, search } = new URL(route.request().url());
        const [, path] = /^\/shop(\/.*)$/.exec(pathname) ?? [];
        if (path === undefined) return route.fulfill({ status: 404, body: 'not of this shop' });
        const headers = { ...route.request().headers(), 'x-forwarded-prefix': '/shop' };
        return route.continue({ url: gateway.url + path + search, headers });
      });
      await page.goto(`${gateway.url}/shop/`);
      await placeOrder(page);
      await go(page, 'Orders');
      expect(await page.getByRole('main').getByRole('listitem').count()).toBe(1);
      expect(complaints).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });

  it('fits a phone, without scrolling sideways', async () => {
    await using opened = await openShop(PHONE);
    const { page } = opened;
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    await placeOrder(page);
    expect(await width()).toBe(320);
    for (const view of VIEWS) {
      await go(page, view);
      expect({ view, width: await width() }).toEqual({ view, width: 320 });
    }
  });

  it('is dark for who likes it dark', async () => {
    const brightness = async (colorScheme: 'light' | 'dark') => {
      await using opened = await openShop({ colorScheme });
      await heading(opened.page, 'Products');
      const color = await opened.page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      const [red = 0, green = 0, blue = 0] = String(color).match(/\d+/g)!.map(Number);
      return red + green + blue;
    };
    expect(await brightness('dark')).toBeLessThan(200);
    expect(await brightness('light')).toBeGreaterThan(600);
  });

  it('moves nothing for who likes it still', async () => {
    await using opened = await openShop({ reducedMotion: 'reduce' });
    const { page } = opened;
    await placeOrder(page);
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });

  it.each(['light', 'dark'] as const)('has no accessibility problem that axe finds, %s', async (colorScheme) => {
    await using opened = await openShop({ colorScheme, bypassCSP: true });
    const { page } = opened;
    const problems = async (): Promise<string[]> => {
      await page.evaluate(AXE);
      const { violations }: any = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`);
      return violations.flatMap(({ id, nodes }: any) => nodes.map(({ html }: any) => `${id}: ${html}`));
    };
    await heading(page, 'Products');
    expect(await problems()).toEqual([]);
    await fillBasket(page);
    expect(await problems()).toEqual([]);
    await order(page).click();
    await page.getByText('It is paid and yours.').waitFor();
    await page.getByText('Cancel this order').click();
    expect(await problems()).toEqual([]);
    for (const view of VIEWS) {
      await go(page, view);
      expect({ view, problems: await problems() }).toEqual({ view, problems: [] });
    }
  });
});

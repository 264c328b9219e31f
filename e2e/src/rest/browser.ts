/** Chromium without a window, for specs of what browsers get. playwright-core drives it, and brings no browser of its own. */
import { findProgram } from '@fourfold/system/machine/programs';
import { type BrowserContextOptions, type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

/** Where Chromium is; without it the specs that need it are skipped. */
export const CHROMIUM =
  process.env['CHROMIUM'] ??
  findProgram('chromium') ??
  findProgram('google-chrome') ??
  findProgram('Google Chrome', ['/Applications/Google Chrome.app/Contents/MacOS']);

if (!CHROMIUM)
  console.warn(
    'skipped, as Chromium is missing: apt-get install --no-install-recommends chromium, or CHROMIUM=<its path>',
  );

/** A page waits for the whole shop and for a browser, which share a few cores. */
export const MINUTE = 60_000;

/** Starts a browser before the specs, and ends it after them. What it returns opens a page. */
export const browserForTests = (): Open => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM! });
  });
  afterAll(() => browser?.close());
  return (url, options) => openPage(browser, url, options);
};

type Open = (url: string, options?: BrowserContextOptions) => Promise<OpenPage>;

export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** What went wrong in it: exceptions, errors on its console, and what its Content-Security-Policy forbade. */
  complaints: string[];
}

const openPage = async (browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
};

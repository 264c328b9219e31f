import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startShop } from './shop.fixture.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const FILES = readdirSync(new URL('../web', import.meta.url)).filter((name) => name !== 'index.html');

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(shop.url + path, { method, headers });
const typeOf = async (pending: Promise<Response>) => (await pending).headers.get('content-type')?.split(';')[0];

describe('GET /web/{file}', () => {
  it.each(FILES)('answers %s with its type, which no browser may guess', async (file) => {
    const response = await get(`/web/${file}`);
    expect(response.status).toBe(200);
    const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
    expect(response.headers.get('content-type')).toBe(`${types[file.split('.').pop()!]}; charset=utf-8`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is a 304 for a cache that has it', async () => {
    const response = await get('/web/shop-order.js');
    const etag = response.headers.get('etag')!;
    expect(etag).toMatch(/^"/);
    expect(response.headers.get('cache-control')).toBe('public, no-cache');
    const again = await get('/web/shop-order.js', { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe(etag);
  });

  it.each(['none.js', 'index.html', 'tsconfig.json', '..%2Fpackage.json', '__proto__'])(
    'is a 404 of %s',
    async (file) => {
      const response = await get(`/web/${file}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('is code of this origin alone: nothing else is loaded', async () => {
    for (const file of FILES.filter((name) => name.endsWith('.js')))
      for (const [, specifier] of (await (await get(`/web/${file}`)).text()).matchAll(/\b(?:from|import) '([^']+)'/g))
        expect(FILES).toContain(specifier!.replace(/^\.\//, ''));
  });
});

describe('GET / for browsers', () => {
  it('answers a page for people', async () => {
    const response = await get('/', { accept: BROWSER });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('vary')).toBe('Accept');
    expect(await response.text()).toContain('<main');
  });

  it.each(['*/*', 'application/json', 'application/json, text/html;q=0.9', 'application/*', 'text/html;q=0, */*'])(
    'answers the links if Accept is %s',
    async (accept) => {
      const response = await get('/', { accept });
      expect(response.headers.get('content-type')).toContain('json');
      expect(response.headers.get('vary')).toBe('Accept');
    },
  );

  it.each(['text/html', 'text/*', 'application/json;q=0.1, text/html;q=0.2'])(
    'answers the page if it is %s',
    async (accept) => {
      expect(await typeOf(get('/', { accept }))).toBe('text/html');
    },
  );

  it('is a 406 for who wants neither', async () => {
    expect((await get('/', { accept: 'image/png' })).status).toBe(406);
  });

  it('has an ETag for each of them', async () => {
    const page = (await get('/', { accept: BROWSER })).headers.get('etag')!;
    expect((await get('/', { accept: BROWSER, 'if-none-match': page })).status).toBe(304);
    expect((await get('/', { 'if-none-match': page })).status).toBe(200);
  });

  it('allows the page nothing but its own files and its own API, and nobody to frame it', async () => {
    const { headers } = await get('/', { accept: BROWSER }, 'HEAD');
    const policy = headers.get('content-security-policy')!.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|http/);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
  });

  it('names its files relative to itself, so that it works under any path', async () => {
    const text = await (await get('/', { accept: BROWSER })).text();
    const references = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(3);
    for (const reference of references) expect(FILES).toContain(reference.replace(/^web\//, ''));
  });
});

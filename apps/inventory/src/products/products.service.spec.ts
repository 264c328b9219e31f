import type { Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { productNotFound } from '@fourfold/contracts/inventory.errors';
import { Database } from '@fourfold/service/database';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import seeded from '../../products.json' with { type: 'json' };
import { startInventory } from '../inventory.fixture.ts';
import { products as table } from '../inventory.schema.ts';
import { ProductsRepository } from './products.repository.ts';

type Inventory = Awaited<ReturnType<typeof startInventory>>;

let DATABASE_URL: string;
let inventory: Inventory;
let replica: Inventory;

beforeAll(async () => {
  DATABASE_URL = await freshDatabase();
  [inventory, replica] = await Promise.all([startInventory({ DATABASE_URL }), startInventory({ DATABASE_URL })]);
});
afterAll(() => Promise.all([inventory?.stop(), replica?.stop()]));

const allPages = async (pageSize: number): Promise<Product[][]> => {
  const pages: Product[][] = [];
  for (let pageToken = ''; pageToken || !pages.length;) {
    const { products, nextPageToken } = await inventory.client.listProducts({ pageSize, pageToken });
    pages.push(products);
    pageToken = nextPageToken;
  }
  return pages;
};

describe('the catalogue', () => {
  it('is seeded once, by two replicas that start at once', async () => {
    expect((await allPages(100)).flat()).toEqual(seeded);
  });
  it('stays as it is at the next start', async () => {
    const { productId, stock } = seeded[0]!;
    await inventory.client.reserveStock({ orderId: 'o-1', lines: [{ productId, quantity: 1 }] });
    const later = await startInventory({ DATABASE_URL });
    expect(await later.client.getProduct({ productId })).toMatchObject({ stock: stock - 1 });
    await later.stop();
  });
  it('has products that are plenty, almost gone and gone', () => {
    expect(seeded.length).toBeGreaterThanOrEqual(50);
    expect(new Set(seeded.map(({ stock }) => Math.min(stock, 2)))).toEqual(new Set([0, 1, 2]));
  });
});

describe('getProduct', () => {
  const product = seeded[1]!;

  it('answers over gRPC and HTTP alike', async () => {
    expect(await inventory.client.getProduct({ productId: product.productId })).toEqual(product);
    const response = await fetch(`${inventory.url}/products/${product.productId}`);
    expect(await response.json()).toEqual(product);
  });
  it('may be cached over HTTP, until its stock changes', async () => {
    const { productId } = seeded[2]!;
    const read = (etag = '') => fetch(`${inventory.url}/products/${productId}`, { headers: { 'if-none-match': etag } });
    const { headers } = await read();
    expect(headers.get('cache-control')).toBe('public, max-age=5, stale-while-revalidate=25');
    expect((await read(headers.get('etag')!)).status).toBe(304);
    await inventory.client.reserveStock({ orderId: 'o-cached', lines: [{ productId, quantity: 1 }] });
    expect((await read(headers.get('etag')!)).status).toBe(200);
  });
  it('knows what is not there', async () => {
    await expect(inventory.client.getProduct({ productId: 'p' })).rejects.toSatisfy(productNotFound.matches);
    const response = await fetch(`${inventory.url}/products/p`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ reason: productNotFound.reason, metadata: { productId: 'p' } });
  });
});

describe('listProducts', () => {
  const ids = seeded.map(({ productId }) => productId);

  it('pages through all products, each once', async () => {
    const pages = await allPages(25);
    expect(pages.map((page) => page.length)).toEqual([25, 25, ids.length - 50]);
    expect(pages.flat().map(({ productId }) => productId)).toEqual(ids);
  });
  it('ends with a page that is exactly full', async () => {
    expect(await allPages(ids.length / 2)).toHaveLength(2);
  });
  it('answers 50 if no size is asked for', async () => {
    expect((await allPages(0))[0]).toHaveLength(50);
  });
  it('takes size and token from the query', async () => {
    const page = async (query: string) => (await fetch(`${inventory.url}/products?${query}`)).json() as Promise<any>;
    const { nextPageToken } = await page('pageSize=2');
    const { products } = await page(`pageSize=3&pageToken=${nextPageToken}`);
    expect(products.map(({ productId }: Product) => productId)).toEqual(ids.slice(2, 5));
  });
  it('goes on after a product that was deleted meanwhile', async () => {
    const { products, nextPageToken } = await inventory.client.listProducts({ pageSize: 2, pageToken: '' });
    const last = products[1]!;
    await inventory.app.get(Database).delete(table).where(eq(table.productId, last.productId));
    onTestFinished(() => inventory.app.get(ProductsRepository).insertAll([last]));
    const next = await inventory.client.listProducts({ pageSize: 3, pageToken: nextPageToken });
    expect(next.products.map(({ productId }) => productId)).toEqual(ids.slice(2, 5));
  });
  it.each(['x', '%%%', 'aGVsbG8', `${Buffer.from(ids[0]!).toString('base64url')}=`, ids[0]!])(
    'refuses the page token %s, which it never gave',
    async (pageToken) => {
      await expect(inventory.client.listProducts({ pageSize: 0, pageToken })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: { violations: [{ path: 'pageToken', rule: 'isPageToken' }] },
      });
    },
  );
});

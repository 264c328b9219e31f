import { outOfStock, unknownProduct } from '@fourfold/contracts/inventory.errors';
import { permutations } from '@fourfold/testing/permutations';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startInventory } from '../inventory.fixture.ts';
import { InventorySubscriber } from '../inventory.subscriber.ts';
import { ProductsRepository } from '../products/products.repository.ts';
import { reservationNotFound } from './reservations.errors.ts';
import { ReservationsService } from './reservations.service.ts';

const TTL = 600_000;
let inventory: Awaited<ReturnType<typeof startInventory>>;
let subscriber: InventorySubscriber;
let reservations: ReservationsService;
let productId: string;
let orderId: string;

beforeAll(async () => {
  inventory = await startInventory({ RESERVATION_TTL_MS: String(TTL) });
  subscriber = inventory.app.get(InventorySubscriber);
  reservations = inventory.app.get(ReservationsService);
});
afterAll(() => inventory?.stop());

beforeEach(async () => {
  productId = await stocked(5);
  orderId = uuidv7();
});

const stocked = async (stock: number): Promise<string> => {
  const id = uuidv7();
  const price = { currencyCode: 'EUR', minorUnits: 250 };
  const product = { productId: id, name: 'Mug', description: '', price, stock };
  await inventory.app.get(ProductsRepository).insertAll([product]);
  return id;
};
const stockOf = async (id: string) => (await inventory.client.getProduct({ productId: id })).stock;
const reserve = (quantity: number, order = uuidv7()) => reserveAll([{ productId, quantity }], order);
const reserveAll = (lines: { productId: string; quantity: number }[], order = uuidv7()) =>
  inventory.client.reserveStock({ orderId: order, lines }, { timeout: 10_000 });
const newKey = () => ({ source: 'orders', id: uuidv7() });
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('reserveStock', () => {
  it('prices the lines and holds their stock for a while', async () => {
    const earliest = Date.now() + TTL;
    const { expiresAt, ...reservation } = await reserve(2, orderId);
    expect(reservation).toEqual({
      orderId,
      lines: [{ productId, name: 'Mug', quantity: 2, unitPrice: { currencyCode: 'EUR', minorUnits: 250 } }],
      total: { currencyCode: 'EUR', minorUnits: 500 },
    });
    expect(expiresAt!.getTime()).toBeGreaterThanOrEqual(earliest);
    expect(expiresAt!.getTime()).toBeLessThanOrEqual(Date.now() + TTL);
    expect(await stockOf(productId)).toBe(3);
  });
  it('answers with the same reservation when asked again', async () => {
    const first = await reserve(2, orderId);
    expect(await reserve(2, orderId)).toEqual(first);
    expect(await stockOf(productId)).toBe(3);
  });
  it('sums the lines of one product', async () => {
    const lines = [3, 3].map((quantity) => ({ productId, quantity }));
    expect(await failureOf(reserveAll(lines))).toMatchObject(outOfStock({ productId, requested: 6, available: 5 }));
  });
  it('reserves nothing if one product is short', async () => {
    const lines = [productId, await stocked(1)].map((id) => ({ productId: id, quantity: 2 }));
    expect(await failureOf(reserveAll(lines, orderId))).toSatisfy(outOfStock.matches);
    expect(await stockOf(productId)).toBe(5);
    expect(await reserve(1, orderId)).toMatchObject({ lines: [{ quantity: 1 }] });
  });
  it('refuses an unknown product with the path of its line, and takes nothing', async () => {
    const lines = [productId, 'unknown'].map((id) => ({ productId: id, quantity: 1 }));
    expect(await failureOf(reserveAll(lines))).toMatchObject(unknownProduct({ index: 1, productId: 'unknown' }));
    expect(await stockOf(productId)).toBe(5);
  });
  it.each([
    ['409', () => stocked(0), outOfStock.reason],
    ['422', async () => 'unknown', unknownProduct.reason],
  ])('is refused over HTTP with %s', async (status, product, reason) => {
    const response = await fetch(`${inventory.url}/reservations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId, lines: [{ productId: await product(), quantity: 1 }] }),
    });
    expect(response.status).toBe(Number(status));
    expect(await response.json()).toMatchObject({ reason });
  });
});

describe('50 orders at once', () => {
  it('get the last 10 units, and not one more', async () => {
    productId = await stocked(10);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => reserve(1)));
    const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
    expect(failures).toHaveLength(40);
    for (const failure of failures)
      expect(failure).toMatchObject(outOfStock({ productId, requested: 1, available: 0 }));
    expect(await stockOf(productId)).toBe(0);
  });
  it('of the same products in any order never block one another', async () => {
    const lines = [await stocked(100), await stocked(100)].map((id) => ({ productId: id, quantity: 2 }));
    const orders = Array.from({ length: 50 }, (_, index) => (index % 2 ? lines : lines.toReversed()));
    await Promise.all(orders.map((order) => reserveAll(order)));
    for (const line of lines) expect(await stockOf(line.productId)).toBe(0);
  });
  it('of which five each are the same one hold its stock once', async () => {
    productId = await stocked(20);
    const orders = Array.from({ length: 10 }, () => uuidv7());
    const asked = await Promise.all(orders.flatMap((order) => Array.from({ length: 5 }, () => reserve(2, order))));
    asked.forEach((reservation, index) => expect(reservation).toEqual(asked[index - (index % 5)]));
    expect(await stockOf(productId)).toBe(0);
  });
});

describe('a reservation', () => {
  beforeEach(() => reserve(2, orderId));

  it('gives its stock back when no order comes in time', async () => {
    await expire();
    expect(await stockOf(productId)).toBe(5);
  });
  it('gives it back once, also where several replicas look at once', async () => {
    await Promise.all([expire(), expire(), expire()]);
    expect(await stockOf(productId)).toBe(5);
  });
  it('is left alone before its time', async () => {
    expect(await reservations.expireNext(new Date())).toBe(false);
    expect(await stockOf(productId)).toBe(3);
  });
  it('has no expiry once the order is placed', async () => {
    await placed();
    await expire();
    expect(await stockOf(productId)).toBe(3);
    expect((await reserve(2, orderId)).expiresAt).toBeUndefined();
  });
  it('that expired holds its stock again when it is asked for again', async () => {
    await expire();
    const [again] = await Promise.all([reserve(2, orderId), reserve(2, orderId)]);
    expect(again.expiresAt!.getTime()).toBeGreaterThan(Date.now());
    expect(await stockOf(productId)).toBe(3);
  });
  it('that expired is out of stock when it is asked for again and others have it', async () => {
    await expire();
    await reserve(5);
    const error = await reserve(2, orderId).catch((thrown: unknown) => thrown);
    expect(outOfStock.matches(error)).toBe(true);
    expect(await stockOf(productId)).toBe(0);
  });
  it('that expired, and whose stock went to others, is a backorder', async () => {
    await expire();
    const other = await reserve(5);
    await placed();
    expect(await stockOf(productId)).toBe(0);
    await reservations.release(other.orderId, newKey());
    expect(await stockOf(productId)).toBe(3);
  });
});

describe('what is heard of an order', () => {
  beforeEach(() => reserve(2, orderId));

  it.each([
    ['placed, confirmed', [placed, confirmed], 3],
    ['placed, cancelled', [placed, cancelled], 5],
    ['all of it twice', [placed, confirmed, placed, confirmed], 3],
    ['confirmed before placed', [confirmed, placed], 3],
    ['cancelled before placed', [cancelled, placed], 5],
    ['placed after the expiry', [expire, placed], 3],
    ['confirmed after the expiry', [expire, confirmed, placed], 3],
    ['cancelled after the expiry', [expire, cancelled, placed], 5],
    ['cancelled after confirmed', [placed, confirmed, cancelled], 5],
  ])('ends in the same stock: %s', async (_, messages, stock) => {
    for (const hear of messages) await hear();
    await expire();
    expect(await stockOf(productId)).toBe(stock);
  });
  it('ends with the cancellation, in whatever order it is heard', async () => {
    for (const messages of permutations([placed, confirmed, cancelled, expire])) {
      [productId, orderId] = [await stocked(5), uuidv7()];
      await reserve(2, orderId);
      for (const hear of messages) await hear();
      await expire();
      const order = messages.map(({ name }) => name).join();
      expect({ order, stock: await stockOf(productId) }).toEqual({ order, stock: 5 });
    }
  });
  it('has its effect once, however often and however close together it comes', async () => {
    const idempotencyKey = newKey();
    await Promise.all([cancelled(idempotencyKey), cancelled(idempotencyKey), cancelled()]);
    await cancelled(idempotencyKey);
    expect(await stockOf(productId)).toBe(5);
  });
  it('fails where nothing was reserved, and is not taken as done', async () => {
    const [idempotencyKey, known] = [newKey(), orderId];
    orderId = 'nobody';
    expect(await failureOf(cancelled(idempotencyKey))).toSatisfy(reservationNotFound.matches);
    orderId = known;
    await cancelled(idempotencyKey);
    expect(await stockOf(productId)).toBe(5);
  });
});

describe('the running service', () => {
  it('looks for what expired by itself, and stops when told to', async () => {
    const eager = await startInventory({ RESERVATION_TTL_MS: '1', EXPIRY_INTERVAL_MS: '5' });
    const { products } = await eager.client.listProducts({ pageSize: 1, pageToken: '' });
    const [product] = products;
    await eager.client.reserveStock({ orderId, lines: [{ productId: product!.productId, quantity: 1 }] });
    await expect.poll(() => eager.client.getProduct(product!)).toEqual(product);
    await eager.stop();
  });
});

/** Everything expires that was reserved until now for an order that was not heard of. */
async function expire(): Promise<void> {
  while (await reservations.expireNext(new Date(Date.now() + TTL)));
}
function placed(idempotencyKey = newKey()): Promise<void> {
  const total = { currencyCode: 'EUR', minorUnits: 500 };
  return subscriber.orderPlaced({ orderId, customerId: 'c', total, placedAt: new Date() }, idempotencyKey);
}
function confirmed(idempotencyKey = newKey()): Promise<void> {
  return subscriber.orderConfirmed({ orderId, customerId: 'c' }, idempotencyKey);
}
function cancelled(idempotencyKey = newKey()): Promise<void> {
  return subscriber.orderCancelled({ orderId, customerId: 'c', reason: 'declined' }, idempotencyKey);
}

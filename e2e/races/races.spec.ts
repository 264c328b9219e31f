import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Asked, REASON, violationsOf } from '../faults/invariants.ts';
import { ShopClient } from '../faults/shop-client.ts';
import { LOG, Shop } from './shop.ts';

/** `RACES=10000 npx nx run e2e:races` for more. */
const RACES = Number(process.env['RACES'] ?? 1000);
/** Customers who order and cancel at the same time. */
const CUSTOMERS = 20;
/** Of so many orders, one is too expensive to be paid. */
const DECLINED_EVERY = 10;
/** Milliseconds in which the last messages must have arrived. */
const REST = 120_000;

let shop: Shop;
let client: ShopClient;
beforeAll(async () => {
  shop = await Shop.open();
  client = new ShopClient(() => shop.url);
});
afterAll(() => shop?.close());

/** What a customer asked for, and how its races ended, by `CANCELLED 2 VOIDED`. */
interface Customer {
  name: string;
  asked: Asked[];
}

it(`${RACES} cancellations that race with the decision of their payment end consistently`, async () => {
  const began = performance.now();
  let started = 0;
  const customers = Array.from({ length: CUSTOMERS }, (_, number): Customer => ({ name: `c-${number}`, asked: [] }));
  await Promise.all(
    customers.map(async ({ name, asked }) => {
      const aim = new Aim();
      while (started < RACES) {
        const quantity = ++started % DECLINED_EVERY === 0 ? 100 : 1;
        const productId = shop.products[started % shop.products.length]!;
        const order = { customerId: name, productId, quantity };
        const placed = await untilAnswered(() => client.place(order, `${name}-${asked.length}`));
        await sleep(aim.next());
        const { version } = await untilAnswered(() => client.cancel(placed, REASON));
        aim.hit(version === 2);
        asked.push({ orderId: placed.orderId, isCancelled: true });
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const violations = await untilConsistent(customers);
  const ends = await countEnds();
  console.log(
    `${started} races in ${seconds.toFixed(1)} s, ${violations.length} inconsistent: ${JSON.stringify(ends)}`,
  );
  expect(violations, `the log of the shop is ${LOG}`).toEqual([]);
  // it was a race: each side has won often
  expect(ends['CANCELLED 2'] ?? 0).toBeGreaterThan(RACES / 10);
  expect(ends['CANCELLED 3'] ?? 0).toBeGreaterThan(RACES / 10);
});

/** When to cancel, in milliseconds: soon after the payment is decided if the last was before it, and the other way round. */
class Aim {
  private milliseconds = 20;

  next(): number {
    return this.milliseconds * Math.random() * 2;
  }

  hit(wasBefore: boolean): void {
    this.milliseconds = Math.min(2000, Math.max(1, this.milliseconds * (wasBefore ? 1.1 : 0.9)));
  }
}

/** The shop may be too busy for a moment: 503 and 504. */
const untilAnswered = async <T>(send: () => Promise<T>): Promise<T> => {
  for (;;)
    try {
      return await send();
    } catch (thrown) {
      if (!/^(UNAVAILABLE|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|ABORTED)$/.test((thrown as { code: string }).code))
        throw thrown;
      await sleep(50);
    }
};

/** Resolves to what is wrong once all messages have arrived, or too late. */
const untilConsistent = async (customers: Customer[]): Promise<string[]> => {
  for (const until = Date.now() + REST; ; await sleep(1000)) {
    const wrong: string[] = [];
    for (const { name, asked } of customers) wrong.push(...(await violationsOf({ name, query: shop.query }, asked)));
    if (wrong.length === 0 || Date.now() > until) return wrong;
  }
};

/** How many orders ended how: `CANCELLED 3` was confirmed before, `VOIDED` is a payment. */
const countEnds = async (): Promise<Record<string, number>> => {
  const orders = await shop.query('orders', "select status || ' ' || version as end, count(*) from orders group by 1");
  const payments = await shop.query('payments', 'select status as end, count(*) from payments group by 1');
  return Object.fromEntries([...orders, ...payments].map(({ end, count }) => [end, Number(count)]));
};

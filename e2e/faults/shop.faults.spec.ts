import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@fourfold/embedded-brokers/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { factsOf, violationsOf } from './invariants.ts';
import { LOG, Shop } from './shop.ts';

/** `SEED=17 HISTORIES=1 npx nx run e2e:faults` repeats one. */
const FIRST = Number(process.env['SEED'] ?? 1);
const HISTORIES = Number(process.env['HISTORIES'] ?? 100);
/** Milliseconds that the shop may take to come to rest once its brokers behave. */
const REST = 30_000;
/** The last so many faults are shown. */
const SHOWN = 60;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
  console.log(`the log of the shop is ${LOG}`);
});
afterAll(() => shop?.close());

/** In some histories an app ends, or its database ends its connections again and again while the orders are placed. */
const disturb = async (random: Random): Promise<void> => {
  const app = random.of(['orders', 'inventory', 'payments', 'notifications']);
  if (random.chance(10)) shop.signal(app, random.of(['SIGKILL', 'SIGTERM'] as const));
  else if (random.chance(40))
    for (let times = 0; times < 12; times++) {
      await shop.endConnections(app);
      await sleep(random.below(25));
    }
};

/** Resolves to what is wrong when the shop has come to rest, or has not in time. */
const play = async (seed: number): Promise<string[]> => {
  const random = new Random(seed);
  const customerId = `h-${seed}-${randomUUID()}`;
  shop.begin(seed);
  const orders = random.list(6, (at) => ({
    key: `${customerId}-${at}`,
    customerId,
    productId: random.of(shop.products),
    quantity: random.chance(20) ? 100 : 1 + random.below(3),
  }));
  const placing = Promise.all(orders.map((order) => shop.place(order)));
  await disturb(random);
  await placing;
  shop.end();
  const until = Date.now() + REST;
  for (let wrong = ['it was never at rest']; ; await sleep(20)) {
    if (await shop.isAtRest()) wrong = violationsOf(await factsOf(shop, customerId), orders.length);
    if (wrong.length === 0 || Date.now() > until) return wrong;
  }
};

it(`holds its invariants in ${HISTORIES} histories from seed ${FIRST} on`, { timeout: 0 }, async () => {
  const begin = performance.now();
  let faults = 0;
  for (let seed = FIRST; seed < FIRST + HISTORIES; seed++) {
    const wrong = await play(seed);
    faults += shop.history.length;
    if (wrong.length === 0) continue;
    expect.unreachable(
      [
        `seed ${seed}: ${wrong.join('; ')}`,
        ...shop.history.slice(-SHOWN).map((line) => `  ${line}`),
        `again: SEED=${seed} HISTORIES=1 npx nx run e2e:faults; the log of the shop: ${LOG}`,
      ].join('\n'),
    );
  }
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${HISTORIES} histories with ${faults} faults in ${seconds.toFixed(1)} s: no violation`);
});

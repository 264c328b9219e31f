import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LOG, Shop } from './shop.ts';

/** Seconds that each outage lasts; OUTAGE_SECONDS=180 for longer ones. */
const SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 10);
/** Orders per second. */
const RATE = 10;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
  console.log(`the log of the shop is ${LOG}`);
});
afterAll(() => shop?.close());

interface Outage {
  /** Resolves to what ends it. */
  begin(): Promise<() => Promise<unknown> | void>;
  /** The app whose readiness says so meanwhile. */
  app: string;
  /** What readiness says. */
  says: RegExp;
  /** Counts what shows that work goes on: rows of this table. */
  progress: [app: string, table: string];
}

const refused =
  (app: string): Outage['begin'] =>
  async () => {
    const proxy = shop.proxy(app, 'database');
    await proxy.cut();
    return () => proxy.open();
  };
const silent =
  (app: string): Outage['begin'] =>
  async () => {
    const proxy = shop.proxy(app, 'database');
    proxy.silence({ newOnes: true });
    return () => proxy.unsilence();
  };
const locked =
  (app: string, table: string): Outage['begin'] =>
  async () => {
    const released = Promise.withResolvers<void>();
    const isLocked = Promise.withResolvers<void>();
    const locking = shop.withDatabase(app, async (client) => {
      await client.query(`begin; lock table ${table} in share mode`); // it can be read, for counting
      isLocked.resolve();
      await released.promise;
    });
    await isLocked.promise;
    return () => {
      released.resolve();
      return locking;
    };
  };
/** Every connection is ended, again and again, as in a failover that does not get far. */
const failingOver =
  (app: string): Outage['begin'] =>
  async () => {
    const end = () =>
      shop.query(
        app,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    await end();
    const timer = setInterval(() => void end(), 300);
    return () => clearInterval(timer);
  };
const cutOff =
  (app: string, need: 'rabbitmq' | 'kafka'): Outage['begin'] =>
  async () => {
    const proxy = shop.proxy(app, need);
    await proxy.cut();
    return () => proxy.open();
  };

const payments = { app: 'payments', progress: ['payments', 'payments'] } satisfies Partial<Outage>;
const OUTAGES: [string, Outage][] = [
  ["payments' database refuses connections", { ...payments, begin: refused('payments'), says: /ECONNREFUSED/ }],
  ["payments' database does not answer", { ...payments, begin: silent('payments'), says: /timeout|not done within/ }],
  [
    'a table of payments is locked',
    // the first statement that waited too long says it, after 8 s
    { ...payments, begin: locked('payments', 'payments'), says: SECONDS > 12 ? /is paused since/ : /^/ },
  ],
  ["payments' database ends all connections", { ...payments, begin: failingOver('payments'), says: /./ }],
  [
    "orders' database refuses connections",
    { app: 'orders', begin: refused('orders'), says: /ECONNREFUSED/, progress: ['payments', 'payments'] },
  ],
  [
    "inventory's database does not answer",
    {
      app: 'inventory',
      begin: silent('inventory'),
      says: /timeout|not done within/,
      progress: ['payments', 'payments'],
    },
  ],
  ["payments' connection to RabbitMQ is cut", { ...payments, begin: cutOff('payments', 'rabbitmq'), says: /RabbitMQ/ }],
  [
    "orders' connection to RabbitMQ is cut",
    { app: 'orders', begin: cutOff('orders', 'rabbitmq'), says: /./, progress: ['payments', 'payments'] },
  ],
];

describe('an app that is killed with -9', () => {
  it.each(['orders', 'inventory', 'payments', 'notifications'])(
    '%s: orders placed after it are confirmed within 7 s',
    async (app) => {
      const load = new AbortController();
      const placing = shop.placeOrders(RATE, load.signal);
      await sleep(1000);
      shop.signal(app, 'SIGKILL');
      const killed = performance.now();
      const confirmed = async () =>
        (await shop.query('orders', `select count(*)::int as count from orders where status = 'CONFIRMED'`))[0].count;
      const heard = async () =>
        (await shop.query('notifications', 'select count(*)::int as count from notifications'))[0].count;
      const count = app === 'notifications' ? heard : confirmed;
      await sleep(300); // what was in flight is over
      const before = await count();
      await vi.waitFor(async () => expect(await count()).toBeGreaterThan(before + 3), {
        timeout: 60_000,
        interval: 20,
      });
      const resumed = performance.now() - killed;
      load.abort();
      await placing;
      await allDone();
      console.log(`${app} killed with -9: orders flow again after ${Math.round(resumed)} ms`);
      expect(await shop.deadLetters()).toEqual({});
      expect(resumed).toBeLessThan(15_000); // 7 s on an idle machine
    },
  );
});

/** Resolves once no order waits, and each has one payment. */
const allDone = async () => {
  await vi.waitFor(
    async () => expect(await shop.query('orders', `select order_id from orders where status = 'PENDING'`)).toEqual([]),
    { timeout: 60_000, interval: 100 },
  );
  const [paid] = await shop.query(
    'payments',
    'select count(*)::int as all, count(distinct order_id)::int as orders from payments',
  );
  const [placed] = await shop.query('orders', 'select count(*)::int as all from orders');
  expect(paid).toEqual({ all: placed.all, orders: placed.all });
};

describe(`for ${SECONDS} s under load`, () => {
  it.each(OUTAGES)(
    '%s: nothing is lost, nothing becomes a dead letter, and all goes on within 2 s',
    async (name, { begin, app, says, progress: [where, table] }) => {
      const count = async () =>
        (await shop.query(where, `select count(*)::int as count from ${table}`))[0].count as number;
      const load = new AbortController();
      const placing = shop.placeOrders(RATE, load.signal);
      await sleep(1000);
      const end = await begin();
      const words: string[] = [];
      for (let second = 0; second < SECONDS; second++) {
        await sleep(1000);
        const { waitsFor } = await shop.readiness(app).catch(() => ({ waitsFor: undefined }));
        words.push(JSON.stringify(waitsFor ?? {}));
      }
      const before = await count();
      await end();
      const ended = performance.now();
      await vi.waitFor(async () => expect(await count()).toBeGreaterThan(before), { timeout: 60_000, interval: 20 });
      const resumed = performance.now() - ended;
      await sleep(1000);
      load.abort();
      const orders = await placing;
      await allDone();
      const settled = performance.now() - ended;
      console.log(
        `${name}: ${orders.length} orders, resumed after ${Math.round(resumed)} ms, all done after ${Math.round(settled)} ms`,
      );
      expect(words.join('\n')).toMatch(says);
      expect(await shop.deadLetters()).toEqual({});
      expect(resumed).toBeLessThan(5000); // 2 s on an idle machine
    },
  );
});

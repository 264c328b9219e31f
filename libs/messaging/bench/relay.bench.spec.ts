/**
 * How fast messages get from the outbox to each broker, how long one takes on its way, beside the rejected strategy; and what
 * tables cost that held a million rows: `BROKERS=native npx nx run messaging:bench`.
 */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshAllocation } from '@fourfold/system/allocation';
import { type Brokers, DEFAULT_BROKERS, providersOf } from '@fourfold/system/providers/brokers';
import type { OutgoingMessage, Publisher } from '@fourfold/transport/transport';
import { BROKERS } from '@fourfold/transport/transports';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTransaction, PgAdapter } from '../conformance/pg.adapter.ts';
import { Cleanup } from '../src/cleanup.ts';
import { Inbox } from '../src/inbox.ts';
import { Relay } from '../src/relay.ts';

type Kind = OutgoingMessage['kind'];
interface Strategy {
  start(): void;
  wake(): void;
  stop(): Promise<void>;
}
type Create = (kind: Kind, publisher: Publisher) => Strategy;

const ROUNDS = 5;
const MESSAGES = 5000;
const SAMPLES = 300;

const provider = (process.env['BROKERS'] || DEFAULT_BROKERS) as Brokers;
const { context } = await freshAllocation([]);
const providers = providersOf(provider, context);
let environment: object;
let pool: pg.Pool;
let database: PgAdapter;

beforeAll(async () => {
  const servers = Object.assign({}, ...(await Promise.all(providers.map((each) => each.start()))));
  environment = { RABBITMQ_URL: servers.rabbitmq, KAFKA_BROKERS: servers.kafka };
  pool = new pg.Pool({ connectionString: `${servers.database}/postgres` });
  pool.on('error', () => {});
  await pool.query(readFileSync(new URL('../schema.sql', import.meta.url), 'utf8'));
  database = new PgAdapter(pool);
}, 120_000);
afterAll(async () => {
  await pool.end();
  await Promise.all(providers.map((each) => each.stop()));
  await rm(context.folder, { recursive: true, force: true });
});

const lease: Create = (kind, publisher) => new Relay(database, { kind, publisher });
const STRATEGIES: Record<string, Create> = { lease, 'advisory lock in a transaction': transacting };

it.each(['command', 'event'] as const)(
  'measures %ss from the outbox to their broker',
  { timeout: 300_000 },
  async (kind) => {
    const publisher = await BROKERS[kind].createPublisher(environment, {
      name: 'bench',
      prefix: `bench-${Date.now()}.`,
    });
    const rates: Record<string, number[]> = {};
    for (let round = -1; round < ROUNDS; round++)
      for (const [name, create] of Object.entries(STRATEGIES)) {
        const rate = await rateOf(kind, publisher, create);
        if (round >= 0) (rates[name] ??= []).push(rate);
      }
    for (const [name, create] of Object.entries(STRATEGIES)) {
      const [p50, p99] = await latencyOf(kind, publisher, create);
      const rate = Math.round(median(rates[name]!));
      console.log(`${kind}s, ${provider}, ${name}: ${rate} per second, p50 ${p50} ms, p99 ${p99} ms`);
      expect(rate).toBeGreaterThan(0);
    }
    await publisher.close();
  },
);

it('measures tables that held a million rows', { timeout: 300_000 }, async () => {
  const [empty, after] = await compareOldTables();
  expect(empty.length).toBe(after.length);
});

/** Messages per second of a full outbox. */
async function rateOf(kind: Kind, publisher: Publisher, create: Create): Promise<number> {
  await pool.query('truncate outbox');
  await fill(kind, MESSAGES);
  const counted = counting(publisher, MESSAGES);
  const relay = create(kind, counted.publisher);
  const began = performance.now();
  relay.start();
  await counted.all;
  const took = performance.now() - began;
  await relay.stop();
  return (MESSAGES / took) * 1000;
}

/** Milliseconds from the commit of a message until its broker has it: p50, p99. */
async function latencyOf(kind: Kind, publisher: Publisher, create: Create): Promise<[string, string]> {
  await pool.query('truncate outbox');
  const times: number[] = [];
  let published = Promise.withResolvers<void>();
  const timed: Publisher = {
    ...asPublisher(publisher),
    publish: async (messages) => {
      const outcomes = await publisher.publish(messages);
      published.resolve();
      return outcomes;
    },
  };
  const relay = create(kind, timed);
  const listener = await pool.connect();
  await listener.query('listen outbox');
  listener.on('notification', () => relay.wake());
  relay.start();
  for (let sample = 0; sample < SAMPLES; sample++) {
    await sleep(5);
    published = Promise.withResolvers();
    await fill(kind, 1);
    const began = performance.now();
    await pool.query(`select pg_notify('outbox', '')`);
    await published.promise;
    times.push(performance.now() - began);
  }
  listener.release(true);
  await relay.stop();
  const sorted = times.toSorted((a, b) => a - b);
  return [sorted[Math.floor(SAMPLES * 0.5)]!.toFixed(1), sorted[Math.floor(SAMPLES * 0.99)]!.toFixed(1)];
}

function fill(kind: Kind, count: number) {
  return pool.query(
    `insert into outbox (id, kind, type, destination, key, body, metadata)
     select gen_random_uuid(), $1, 'test.v1.Opened', 'test.v1', case when $1 = 'event' then n::text else '' end,
       to_json(repeat('x', 300))::text, '{}'
     from generate_series(1, $2::int) n`,
    [kind, count],
  );
}

function asPublisher(publisher: Publisher): Publisher {
  return {
    publish: (messages) => publisher.publish(messages),
    isReady: () => publisher.isReady(),
    close: () => publisher.close(),
  };
}

function counting(publisher: Publisher, count: number): { publisher: Publisher; all: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  const publish: Publisher['publish'] = async (messages) => {
    const outcomes = await publisher.publish(messages);
    if ((seen += messages.length) >= count) resolve();
    return outcomes;
  };
  return { publisher: { ...asPublisher(publisher), publish }, all: promise };
}

/** As the relay was before: lock, batch, publish and mark in one transaction. */
function transacting(kind: Kind, publisher: Publisher): Strategy {
  const stopping = new AbortController();
  let woken = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;
  const batch = () =>
    database.transaction(async (sql) => {
      await sql.query('select pg_try_advisory_xact_lock(hashtext($1))', [`outbox ${kind}`]);
      const rows = await sql.query<any>(
        `select position::text, id, kind, type, destination, key, body, metadata, extract(epoch from created_at)::float8 * 1000 as at
         from outbox where kind = $1 and published_at is null order by outbox.position limit 200`,
        [kind],
      );
      if (!rows.length) return 0;
      await publisher.publish(rows.map((row) => ({ ...row, createdAt: new Date(row.at) })));
      await sql.query('update outbox set published_at = now() where position = any($1::bigint[])', [
        rows.map(({ position }) => position),
      ]);
      return rows.length;
    });
  const run = async () => {
    while (!stopping.signal.aborted) {
      woken = Promise.withResolvers();
      if (!(await batch())) await Promise.race([woken.promise, sleep(1000)]);
    }
  };
  return {
    start: () => void (running = run()),
    wake: () => woken.resolve(),
    async stop() {
      stopping.abort();
      woken.resolve();
      await running;
    },
  };
}

/** The relay's next batch and a new message of the inbox, on empty tables and after a million rows came and went. */
async function compareOldTables(): Promise<[number[], number[]]> {
  const measure = async (): Promise<[next: number, inbox: number]> => {
    const inbox = new Inbox(database);
    const time = async (work: (n: number) => Promise<unknown>) => {
      const began = performance.now();
      for (let n = 0; n < 500; n++) await work(n);
      return ((performance.now() - began) / 500) * 1000;
    };
    const next = await time(() =>
      pool.query(
        `select id from outbox where kind = 'event' and published_at is null and parked_at is null order by position limit 200`,
      ),
    );
    const source = `bench ${performance.now()}`;
    const seen = await time((n) =>
      inTransaction(pool, (client) => inbox.once(client, { source, id: String(n) }, async () => {})),
    );
    return [Math.round(next), Math.round(seen)];
  };
  await pool.query('truncate outbox, inbox');
  const empty = await measure();
  for (let part = 0; part < 20; part++) {
    await fill('event', 50_000);
    await pool.query(`update outbox set published_at = now() - interval '2 days' where published_at is null`);
    await pool.query(
      `insert into inbox (source, id, received_at) select $1, n, now() - interval '9 days' from generate_series(1, 50000) n`,
      [`part ${part}`],
    );
  }
  const day = 86_400_000;
  const began = performance.now();
  await new Cleanup(database, { outbox: day, inbox: 7 * day, requests: day }).run();
  console.log(
    `a million rows of outbox and inbox each were deleted in ${Math.round((performance.now() - began) / 1000)} s`,
  );
  const after = await measure();
  console.log(`next batch: ${empty[0]} µs on an empty table, ${after[0]} µs on one that held a million rows`);
  console.log(`new message of the inbox: ${empty[1]} µs, ${after[1]} µs`);
  return [empty, after];
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

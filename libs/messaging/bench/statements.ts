/**
 * The statements of libs/messaging against those that were rejected, on the real PostgreSQL, in interleaved rounds:
 * `npx node --experimental-transform-types libs/messaging/bench/statements.ts`. The classes run unchanged; only what reaches
 * the database differs.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Operation } from '@fourfold/contracts/contract';
import type { Event } from '@fourfold/contracts/event';
import { freshAllocation } from '@fourfold/system/allocation';
import { EmbeddedPostgresProvider } from '@fourfold/system/providers/embedded-postgres.provider';
import pg from 'pg';
import { inTransaction, PgAdapter } from '../conformance/pg.adapter.ts';
import { IdempotentRequests } from '../src/idempotent-requests.ts';
import { Inbox } from '../src/inbox.ts';
import { Outbox } from '../src/outbox.ts';
import { Relay } from '../src/relay.ts';
import type { Sql, SqlDatabase } from '../src/sql.ts';

type Database = SqlDatabase<pg.PoolClient>;
/** Runs what was asked for, or something else. */
type Query = (sql: Sql, text: string, values?: readonly unknown[]) => Promise<any[]>;

const ROUNDS = 25;
/** In each round: short ones, so that a busy machine slows all alike. */
const OPERATIONS = 200;
const MESSAGES = 4000;
const { context } = await freshAllocation([]);
const server = new EmbeddedPostgresProvider(context);
const { database: connectionString } = await server.start();
const pool = new pg.Pool({ connectionString: `${connectionString}/postgres` });
await pool.query(readFileSync(new URL('../schema.sql', import.meta.url), 'utf8'));
pool.on('error', () => {}); // the server may stop before the connections of pool.end() are closed
const adapter = new PgAdapter(pool);

await compare('outbox: insert and NOTIFY in one statement', addMessages, {
  'in two': async (sql, text, values) => {
    await sql.query(text.match(/insert[^]*\$8\)/)![0], values);
    return sql.query(`select pg_notify('outbox', '')`);
  },
});
const selectThenInsert: Query = async (sql, _, values) => {
  const seen = await sql.query('select 1 from inbox where source = $1 and id = $2', values?.slice(0, 2));
  return seen.length
    ? []
    : sql.query('insert into inbox (source, id, fingerprint) values ($1, $2, $3) returning id', values);
};
await compare('inbox, new messages: insert … on conflict', receiveNew, { 'select, then insert': selectThenInsert });
await compare('inbox, seen messages: insert … on conflict', receiveSeen, { 'select, then insert': selectThenInsert });
const doUpdate: Query = (sql, text, values) =>
  sql.query(text.replace('do nothing', '(operation, caller, source, id) do update set id = excluded.id'), values);
await compare('requests, new: on conflict do nothing, then select', claimNew, { 'on conflict do update': doUpdate });
await compare('requests, repeated: the same', claimRepeated, { 'on conflict do update': doUpdate });

const marking =
  (statement: string): Query =>
  (sql, text, values) =>
    sql.query(text.startsWith('update outbox set published_at') ? statement : text, values);
await compare('relay: mark by = any(positions)', drain(), {
  'delete the rows': marking('delete from outbox where position = any($1::bigint[])'),
  'mark up to a position': marking(`update outbox set published_at = now() where kind = 'event'
    and published_at is null and position <= (select max(p) from unnest($1::bigint[]) p)`),
});

await pool.end();
await server.stop();
await rm(context.folder, { recursive: true, force: true });

/** Prints how long the rejected statements take, as a multiple of ours: the median of the rounds, and their quartiles. */
async function compare(ours: string, run: (database: Database) => Promise<void>, rejected: Record<string, Query>) {
  const databases = [adapter, ...Object.values(rejected).map(varied)];
  const times = databases.map(() => [] as number[]);
  for (let round = -1; round < ROUNDS; round++) {
    const order = databases.map((_, index) => index);
    for (const index of round % 2 ? order.toReversed() : order) {
      await pool.query('truncate outbox, inbox, idempotent_requests');
      const began = performance.now();
      await run(databases[index]!);
      if (round >= 0) times[index]!.push(performance.now() - began); // the first warms up
    }
  }
  console.log(`${ours}: ${Math.round(median(times[0]!))} ms`);
  for (const [index, name] of Object.keys(rejected).entries()) {
    const ratios = times[index + 1]!.map((time, round) => time / times[0]![round]!).toSorted((a, b) => a - b);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => ratios[Math.floor(ratios.length * part)]!.toFixed(2));
    console.log(`  ${name}: x${middle} (${low} to ${high})`);
  }
}

function varied(query: Query): Database {
  const around = (sql: Sql): Sql => ({ query: (text, values) => query(sql, text, values) });
  return {
    ...around(adapter),
    within: (transaction) => around(adapter.within(transaction)),
    transaction: (work) => adapter.transaction((sql) => work(around(sql))),
  };
}

async function addMessages(database: Database): Promise<void> {
  const message = { fromPartial: (partial: object) => partial };
  const event = { type: 'test.v1.Opened', topic: 'test.v1', key: 'door', message } as unknown as Event<{
    door: string;
  }>;
  const outbox = new Outbox(database, () => ({}));
  for (let count = 0; count < OPERATIONS; count++)
    await inTransaction(pool, (client) => outbox.add(client, event, { door: 'front' }));
}

async function receive(database: Database, ids: string[]): Promise<void> {
  const inbox = new Inbox(database);
  for (const id of ids)
    await inTransaction(pool, (client) => inbox.once(client, { source: 'orders', id }, () => Promise.resolve()));
}
async function receiveNew(database: Database): Promise<void> {
  await receive(database, newIds());
}
async function receiveSeen(database: Database): Promise<void> {
  await receive(database, sameIds());
}

async function claim(database: Database, ids: string[]): Promise<void> {
  const request = { encode: () => ({ finish: () => Buffer.from('door') }) };
  const operation = { name: 'test.v1.TestService/Open', request } as unknown as Operation<string>;
  const requests = new IdempotentRequests(database);
  for (const id of ids) await requests.claim(operation, 'door', { source: '', id }, 'r-1');
}
async function claimNew(database: Database): Promise<void> {
  await claim(database, newIds());
}
async function claimRepeated(database: Database): Promise<void> {
  await claim(database, sameIds());
}

function newIds(): string[] {
  return Array.from({ length: OPERATIONS }, () => randomUUID());
}
function sameIds(): string[] {
  return Array.from({ length: OPERATIONS }, () => 'the same');
}

/** Publishes MESSAGES to a broker that takes them at once. */
function drain() {
  return async (database: Database): Promise<void> => {
    await pool.query(
      `insert into outbox (id, kind, type, destination, key, body, metadata)
       select n, 'event', 'test.v1.Opened', 'test.v1', n, repeat('x', 300), '{}' from generate_series(1, $1) n`,
      [MESSAGES],
    );
    const all = Promise.withResolvers<void>();
    let published = 0;
    const publish = async (messages: readonly unknown[]) => {
      if ((published += messages.length) >= MESSAGES) all.resolve();
      return messages.map(() => undefined);
    };
    const relay = new Relay(database, { kind: 'event', publisher: { publish } });
    relay.start();
    await all.promise;
    await relay.stop();
  };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

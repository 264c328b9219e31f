import { ServiceError } from '@fourfold/contracts/service-error';
import { toServiceError } from '@fourfold/transport/errors';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { freePorts } from '@fourfold/testing/free-ports';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { Pool, type PoolOptions } from './pool.ts';

/** Short limits: what takes 10 s in production takes 0.6 s here. */
const LIMITS = { statementTimeout: 300, idleTransactionTimeout: 300, connectTimeout: 300 };

let url: string;
let proxy: TcpProxy;
let pool: Pool;
let database: NodePgDatabase;

beforeAll(async () => {
  url = await freshDatabase();
  await withClient((client) => client.query('create table things (id int primary key)'));
});
beforeEach(async () => {
  proxy = await TcpProxy.before(url);
  await proxy.open();
  onTestFinished(() => proxy.cut());
  open();
});

const open = (options: Partial<PoolOptions> = {}) => {
  pool = new Pool({ url: proxy.url, size: 4, ...LIMITS, ...options });
  database = drizzle(pool);
  const opened = pool;
  onTestFinished(() => (opened.ending ? undefined : opened.end()));
};
const withClient = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client(url);
  await client.connect();
  return work(client).finally(() => client.end());
};
const select = () => pool.query('select 1 as one').then(({ rows }) => rows[0].one);
const transact = () => database.transaction(async (transaction) => transaction.execute(sql`select 1`));
const failureOf = async (work: Promise<unknown>): Promise<ServiceError> =>
  toServiceError(
    await work.then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown,
    ),
  );
/** As many at once as there are connections. */
const onAll = (work: () => Promise<unknown>) => Promise.allSettled(Array.from({ length: 4 }, work));

it('says UNAVAILABLE when there is no connection to be had', async () => {
  await proxy.cut();
  expect(await failureOf(select())).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await failureOf(transact())).toMatchObject({ code: 'UNAVAILABLE' });
  await proxy.open();
  expect(await select()).toBe(1);
});

it.each([
  ['a database that is not there', (at: URL) => (at.pathname = '/nothing')],
  ['a user who is not there', (at: URL) => (at.username = 'nobody')],
  ['a port at which nobody answers', (at: URL) => (at.port = '1')],
])('says UNAVAILABLE of %s', async (_, change) => {
  const other = new URL(url);
  change(other);
  open({ url: other.href });
  expect(await failureOf(select())).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await failureOf(transact())).toMatchObject({ code: 'UNAVAILABLE' });
});

it('says UNAVAILABLE, not more, when all its connections are in use', async () => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => pool.connect()));
  expect(await failureOf(transact())).toMatchObject({ code: 'UNAVAILABLE' });
  for (const client of clients) client.release();
  await transact();
});

it('tells connections that the application never gives back from an outage', async () => {
  open({ leakTimeout: 500 });
  const clients = await Promise.all([1, 2, 3, 4].map(() => pool.connect()));
  await expect.poll(async () => (await failureOf(select())) && pool.isLeaked).toBe(true);
  clients.pop()!.release();
  expect(await select()).toBe(1);
  expect(pool.isLeaked).toBe(false);
  for (const client of clients) client.release();
  proxy.silence({ newOnes: true });
  await Promise.allSettled(Array.from({ length: 12 }, transact)); // some wait for those that hang
  expect(pool.isLeaked).toBe(false);
});

it('replaces connections that are silent, whatever was done on them', async () => {
  await onAll(transact);
  proxy.silence();
  for (const { status } of await onAll(transact)) expect(status).toBe('rejected');
  await onAll(transact);
  expect(await select()).toBe(1);
  await transact();
});

it('replaces a connection that goes silent in the middle of a transaction', async () => {
  const failure = failureOf(
    database.transaction(async (transaction) => {
      await transaction.execute(sql`insert into things values (1)`);
      proxy.silence();
      await transaction.execute(sql`select 1`);
    }),
  );
  expect(await failure).toMatchObject({ code: 'UNAVAILABLE' });
  expect(pool.totalCount).toBe(0);
  await transact();
});

it('replaces connections that the server has ended, and goes on', async () => {
  await onAll(transact);
  const busy = failureOf(pool.query('select pg_sleep(0.2)'));
  await withClient((client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`,
    ),
  );
  expect(await busy).toMatchObject({ code: 'UNAVAILABLE' });
  await vi.waitFor(transact);
});

it('ends a statement that waits for a lock, and keeps its connection', async () => {
  await withClient(async (client) => {
    await client.query('begin; lock table things');
    expect(await failureOf(pool.query('select * from things'))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(
      await failureOf(database.transaction((transaction) => transaction.execute(sql`select * from things`))),
    ).toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
  await transact();
  expect(pool.idleCount).toBe(pool.totalCount);
});

it('leaves no lock behind when its process freezes in a transaction', async () => {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('lock table things');
  proxy.silence(); // as a process that is stopped, or a machine that is gone
  await withClient((other) => other.query('select * from things'));
  expect(await failureOf(client.query('select 1'))).toMatchObject({ code: 'UNAVAILABLE' });
  client.release();
  await transact();
});

it('ends in time although its connections are silent', async () => {
  const client = await pool.connect();
  await onAll(select);
  proxy.silence({ newOnes: true });
  const began = performance.now();
  await pool.end();
  expect(performance.now() - began).toBeLessThan(1500);
  client.release();
});

it('says ABORTED of a deadlock: it may be tried again', async () => {
  await pool.query('insert into things values (10), (11) on conflict do nothing');
  const lock = (first: number, second: number) =>
    database.transaction(async (transaction) => {
      await transaction.execute(sql`set local deadlock_timeout = '10ms'`);
      await transaction.execute(sql`update things set id = id where id = ${first}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await transaction.execute(sql`update things set id = id where id = ${second}`);
    });
  const results = await Promise.allSettled([lock(10, 11), lock(11, 10)]);
  const failures = results.filter((result) => result.status === 'rejected');
  expect(failures).toHaveLength(1);
  expect(toServiceError(failures[0]!.reason)).toMatchObject({ code: 'ABORTED' });
});

it('says INTERNAL of a value that cannot be sent, and goes on: that is a bug, not an outage', async () => {
  const circular: Record<string, unknown> = {};
  circular['itself'] = circular;
  const sending = () =>
    database.transaction(async (transaction) => transaction.execute(sql`select ${sql.param(circular)}::jsonb`));
  expect(await failureOf(sending())).toMatchObject({ code: 'INTERNAL' });
  await transact();
});

it('waits for a port that is not open yet', async () => {
  const [port] = await freePorts(1);
  open({ url: `postgres://127.0.0.1:${port}/x` });
  expect(await failureOf(select())).toMatchObject({ code: 'UNAVAILABLE' });
});

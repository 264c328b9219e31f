import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '../fresh-database.ts';
import { type DatabaseFault, DatabaseFaults } from './database-faults.ts';
import { PostgresProxy } from './postgres-proxy.ts';

let url: string;
let direct: pg.Pool;
let proxy: PostgresProxy | undefined;
const clients: pg.Client[] = [];
const kill = vi.fn();

beforeEach(async () => {
  url = await freshDatabase();
  direct = new pg.Pool({ connectionString: url, max: 1 });
  await direct.query('create table rows (n int)');
  kill.mockReset();
});
afterEach(async () => {
  await Promise.all([...clients.splice(0).map((client) => client.end().catch(() => {})), direct.end()]);
  proxy?.close();
});

/** A client behind a proxy at which a fault happens each time that it may. */
const connected = async (...kinds: DatabaseFault[]): Promise<pg.Client> => {
  const profile = Object.fromEntries(kinds.map((kind) => [kind, 1000]));
  proxy = await PostgresProxy.before(url, {
    service: 'orders',
    faults: new DatabaseFaults({ seed: 1, profile }),
    kill,
  });
  const client = new pg.Client({ connectionString: proxy.url });
  client.on('error', () => {}); // what is in flight rejects
  clients.push(client);
  await client.connect();
  return client;
};

const insert = async (client: pg.Client): Promise<void> => {
  await client.query('begin');
  await client.query('insert into rows values ($1)', [1]);
  await client.query('commit');
};
const rows = async () => (await direct.query('select count(*)::int as count from rows')).rows[0].count;

describe('a proxy before PostgreSQL', () => {
  it('passes statements, values, errors and notifications on as they are', async () => {
    const client = await connected();
    expect((await client.query('select $1::text as text', ['äöü'.repeat(50_000)])).rows[0].text).toHaveLength(150_000);
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    const notified = new Promise((resolve) => client.once('notification', ({ payload }) => resolve(payload)));
    await client.query('listen hear');
    await direct.query(`notify hear, 'it'`);
    expect(await notified).toBe('it');
    await insert(client);
    expect(await rows()).toBe(1);
  });

  it('delays a statement', async () => {
    const client = await connected('database.statement-delayed');
    await insert(client);
    expect(await rows()).toBe(1);
  });

  it('loses the connection before a statement is done', async () => {
    const client = await connected('database.statement-lost');
    await expect(client.query('insert into rows values (1)')).rejects.toThrow('terminated');
    expect(await rows()).toBe(0);
  });

  it('loses the connection before COMMIT is done', async () => {
    await expect(insert(await connected('database.commit-lost'))).rejects.toThrow('terminated');
    expect(await rows()).toBe(0);
  });

  it('loses the connection before the answer to a COMMIT that is done', async () => {
    await expect(insert(await connected('database.commit-answer-lost'))).rejects.toThrow('terminated');
    expect(await rows()).toBe(1);
  });

  it('refuses a COMMIT, rolls back, and goes on', async () => {
    const client = await connected('database.commits-refused');
    await expect(insert(client)).rejects.toMatchObject({ code: '40001' });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(await rows()).toBe(0);
  });

  it('kills the process before a statement is done', async () => {
    const client = await connected('process.killed-before-statement');
    const asked = client.query('insert into rows values (1)').catch(() => {});
    await expect.poll(() => kill.mock.calls.length).toBe(1);
    expect(await rows()).toBe(0);
    proxy!.close();
    await asked;
  });

  it('kills the process once a statement is done', async () => {
    const client = await connected('process.killed-after-statement');
    const asked = client.query('insert into rows values (1)').catch(() => {});
    await expect.poll(() => kill.mock.calls.length).toBe(1);
    expect(await rows()).toBe(1);
    proxy!.close();
    await asked;
  });
});

import type { OutgoingMessage } from '@fourfold/transport/transport';
import { ParcelsContract, parcelSent } from '@fourfold/contracts/parcels.fixture';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Inbox } from './inbox.ts';
import { listenTo } from './listen.ts';
import { Outbox, OUTBOX_CHANNEL } from './outbox.ts';
import { Relay } from './relay.ts';
import { outbox as table } from './schema.ts';

const TABLES = `
  create table outbox (position bigserial primary key, id text not null unique, kind text not null, type text not null,
    destination text not null, key text not null, body text not null, metadata jsonb not null,
    created_at timestamptz(3) not null default now(), published_at timestamptz(3));
  create table inbox (message_id text primary key, received_at timestamptz(3) not null default now());`;

let pool: pg.Pool;
let database: NodePgDatabase;
const outbox = new Outbox(() => ({ traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01' }));
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  database = drizzle(pool);
  await pool.query(TABLES);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await pool.end();
});

const add = (parcelId: string) =>
  database.transaction((transaction) => outbox.add(transaction, parcelSent, { parcelId, senderId: 's' }));

const relayTo = (
  publish: (messages: readonly OutgoingMessage[]) => Promise<void>,
  kind: 'event' | 'command' = 'event',
) => {
  const relay = new Relay(pool, kind, { publish });
  closing.push(
    listenTo(pool, OUTBOX_CHANNEL, () => relay.wake()),
    () => relay.stop(),
  );
  relay.start();
  return relay;
};
const unpublished = async () => (await database.select().from(table)).filter(({ publishedAt }) => !publishedAt).length;

describe('the outbox', () => {
  it('publishes what was committed, in order, and marks it', async () => {
    const published: OutgoingMessage[] = [];
    relayTo(async (messages) => void published.push(...messages));
    for (const id of ['1', '2', '3']) await add(id);
    await expect.poll(() => published.map(({ key }) => key)).toEqual(['1', '2', '3']);
    expect(published[0]).toMatchObject({
      kind: 'event',
      type: 'parcels.v1.ParcelSent',
      destination: 'parcels.v1',
      body: '{"parcelId":"1","senderId":"s"}',
    });
    await expect.poll(() => unpublished()).toBe(0);
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    const published: OutgoingMessage[] = [];
    relayTo(async (messages) => void published.push(...messages));
    const failed = database.transaction(async (transaction) => {
      await outbox.add(transaction, parcelSent, { parcelId: 'gone', senderId: 's' });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await add('kept');
    await expect.poll(() => published.map(({ key }) => key)).toEqual(['kept']);
  });

  it('publishes again what the broker did not take', async () => {
    const publish = vi.fn().mockRejectedValueOnce(new Error('broker down')).mockResolvedValue(undefined);
    relayTo(publish);
    await add('1');
    await expect.poll(() => unpublished()).toBe(0);
    expect(publish.mock.calls.map(([messages]) => messages[0].key)).toEqual(['1', '1']);
  });

  it('keeps the kinds apart: a broker that is down stops its own messages alone', async () => {
    const published: string[] = [];
    relayTo(() => Promise.reject(new Error('down')), 'command');
    relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
    await database.transaction((transaction) => outbox.add(transaction, ParcelsContract.printLabel, { parcelId: 'p' }));
    await add('1');
    await expect.poll(() => published).toEqual(['1']);
    await expect.poll(() => unpublished()).toBe(1);
  });

  it('publishes in order, each once, where several relays run', { timeout: 60_000 }, async () => {
    const published: string[] = [];
    for (let replica = 0; replica < 3; replica++)
      relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
    const ids = Array.from({ length: 300 }, (_, index) => String(index));
    for (const id of ids) await add(id);
    await expect.poll(() => published).toHaveLength(300);
    expect(published).toEqual(ids);
  });

  it('refuses to store a call, which has an answer', async () => {
    const { getParcel } = ParcelsContract;
    const adding = database.transaction((transaction) => outbox.add(transaction, getParcel, { parcelId: 'p' }));
    await expect(adding).rejects.toThrow(
      'parcels.v1.ParcelsService/GetParcel is a call: only commands and events can be sent without an answer',
    );
  });
});

describe('listening', () => {
  it('stops also while it connects, and gives its connection back', async () => {
    const stop = listenTo(pool, OUTBOX_CHANNEL, () => {});
    await stop();
    expect(pool.totalCount).toBe(pool.idleCount);
  });
});

describe('the inbox', () => {
  const inbox = new Inbox();
  const receive = (effect: () => Promise<void>) =>
    database.transaction((transaction) => inbox.once(transaction, 'm-1', effect));

  it('runs the effect of a message once', async () => {
    const effect = vi.fn().mockResolvedValue(undefined);
    await Promise.all([receive(effect), receive(effect), receive(effect)]);
    expect(effect).toHaveBeenCalledTimes(1);
  });

  it('forgets a message whose effect failed', async () => {
    await expect(receive(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const effect = vi.fn().mockResolvedValue(undefined);
    await receive(effect);
    expect(effect).toHaveBeenCalledTimes(1);
  });
});

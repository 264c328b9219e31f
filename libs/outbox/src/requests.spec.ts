import type { Operation } from '@fourfold/contracts/contract';
import { idempotencyKeyReused } from '@fourfold/contracts/idempotency.errors';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Requests } from './requests.ts';

const TABLE = `create table requests (operation text, caller text, idempotency_key text, fingerprint text not null,
  result_id text not null, requested_at timestamptz(3) not null default now(), primary key (operation, caller, idempotency_key));`;

const operation = (name: string) =>
  ({
    name: `test.v1.TestService/${name}`,
    request: { encode: (text: string) => ({ finish: () => Buffer.from(text) }) },
  }) as unknown as Operation<string>;
const [open, close] = [operation('Open'), operation('Close')];

let pool: pg.Pool;
let requests: Requests;
beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await pool.query(TABLE);
  requests = new Requests(drizzle(pool));
});
afterAll(() => pool.end());

describe('a request with an idempotency key', () => {
  it('has one result, made by ten at once and one later', async () => {
    const ask = (id: string) => requests.claim(open, 'door', { idempotencyKey: 'k-1' }, id);
    const results = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(`r-${index}`)));
    expect(new Set(results).size).toBe(1);
    expect(await ask('late')).toBe(results[0]);
  });

  it("is its caller's own, and its operation's", async () => {
    const key = { idempotencyKey: 'k-2', caller: 'alice' };
    expect(await requests.claim(open, 'door', key, 'r-1')).toBe('r-1');
    expect(await requests.claim(open, 'window', { ...key, caller: 'bob' }, 'r-2')).toBe('r-2');
    expect(await requests.claim(close, 'door', key, 'r-3')).toBe('r-3');
  });

  it('is refused where the key named another request', async () => {
    await requests.claim(open, 'door', { idempotencyKey: 'k-3' }, 'r-1');
    const error = await requests
      .claim(open, 'window', { idempotencyKey: 'k-3' }, 'r-2')
      .catch((thrown: unknown) => thrown);
    expect(idempotencyKeyReused.matches(error)).toBe(true);
  });
});

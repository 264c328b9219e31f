import { freshDatabase } from '@fourfold/testing/fresh-database';
import pg from 'pg';
import { expect, it } from 'vitest';
import { listenTo } from './listen.ts';

it('stops also while it connects, and gives its connection back', async () => {
  const pool = new pg.Pool({ connectionString: await freshDatabase() });
  const stop = listenTo(pool, 'anything', () => {});
  await stop();
  expect(pool.totalCount).toBe(pool.idleCount);
  await pool.end();
});

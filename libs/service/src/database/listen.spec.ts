import { freshDatabase } from '@fourfold/testing/fresh-database';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import pg from 'pg';
import { expect, it } from 'vitest';
import { listenTo } from './listen.ts';
import { Pool } from './pool.ts';

it('stops also while it connects, and gives its connection back', async () => {
  const pool = new pg.Pool({ connectionString: await freshDatabase() });
  const stop = listenTo(pool, 'anything', () => {});
  await stop();
  expect(pool.totalCount).toBe(pool.idleCount);
  await pool.end();
});

it('notices a connection that went silent, and listens on another one', async () => {
  const url = await freshDatabase();
  const proxy = await TcpProxy.before(url);
  await proxy.open();
  const pool = new Pool({ url: proxy.url, statementTimeout: 100 });
  const heard: string[] = [];
  const stop = listenTo(pool, 'news', (payload) => heard.push(payload), 50);
  await expect.poll(() => heard).toEqual(['']);
  proxy.silence();
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['', '']);
  await pool.query(`select pg_notify('news', 'again')`);
  await expect.poll(() => heard).toEqual(['', '', 'again']);
  await stop();
  await pool.end();
  await proxy.cut();
});

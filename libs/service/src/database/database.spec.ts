import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { createService } from '../start/start.ts';
import { DatabaseModule, Pool } from './database.ts';
import { MessagingModule } from './messaging.module.ts';

@Module({ imports: [DatabaseModule.forRoot({ beside: import.meta.url })] })
class StoringModule {}

@Module({
  imports: [DatabaseModule.forRoot({ beside: import.meta.url }), MessagingModule.forRoot({ publishes: ['event'] })],
})
class PublishingModule {}

it('survives the loss of a connection that is in use: the pool replaces it', async () => {
  const environment = { HTTP_PORT: '0', LOG_LEVEL: 'error', DATABASE_URL: await freshDatabase() };
  const service = await createService({ name: 'storing', module: async () => StoringModule, environment });
  onTestFinished(() => service.stop());
  await service.ready;
  const pool = service.app.get(Pool);
  const client = await pool.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const lost = new Promise<void>((resolve) => client.once('end', resolve));
  await pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
  await lost;
  await expect(client.query('select 1')).rejects.toThrow('not queryable');
  client.release(true);
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

it('stops in time although its database does not answer any more', async () => {
  const url = await freshDatabase();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(readFileSync(new URL(import.meta.resolve('@fourfold/messaging/schema.sql')), 'utf8'));
  await client.end();
  const proxy = await TcpProxy.before(url);
  await proxy.open();
  onTestFinished(() => proxy.cut());
  const environment = { HTTP_PORT: '0', LOG_LEVEL: 'error', DATABASE_URL: proxy.url, KAFKA_BROKERS: '127.0.0.1:1' };
  const service = await createService({ name: 'publishing', module: async () => PublishingModule, environment });
  await service.ready.catch(() => {});
  proxy.silence({ newOnes: true });
  const began = performance.now();
  await service.stop();
  expect(performance.now() - began).toBeLessThan(4000);
});

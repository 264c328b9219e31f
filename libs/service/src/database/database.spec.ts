import { Module } from '@nestjs/common';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { expect, it, onTestFinished } from 'vitest';
import { createService } from '../start/start.ts';
import { DatabaseModule, Pool } from './database.ts';

@Module({ imports: [DatabaseModule.forRoot({ beside: import.meta.url })] })
class StoringModule {}

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

import { migrateService } from '@fourfold/service/migrate';
import { testEnvironment } from '@fourfold/testing/test-environment';
import pg from 'pg';
import { expect, it } from 'vitest';
import { OrdersModule } from './orders.module.ts';

it('is in a database that was migrated, also twice and by two at once', async () => {
  const environment = await testEnvironment('orders');
  const migrate = () => migrateService({ name: 'orders', module: async () => OrdersModule, environment });
  await Promise.all([migrate(), migrate()]);
  await migrate();

  const client = new pg.Client({ connectionString: environment['DATABASE_URL'] });
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public' order by tablename`,
  );
  expect(rows.map(({ tablename }) => tablename)).toEqual([
    'idempotent_requests',
    'inbox',
    'leases',
    'orders',
    'outbox',
  ]);
  await client.end();
});

import { migrateService } from '@fourfold/service/migrate';
import { freshDatabase } from '@fourfold/system/testing';
import pg from 'pg';
import { expect, it } from 'vitest';
import { OrdersModule } from './orders.module.ts';

it('is in a database that was migrated, also twice and by two at once', async () => {
  const connectionString = await freshDatabase();
  const migrate = () =>
    migrateService({
      name: 'orders',
      module: async () => OrdersModule,
      environment: {
        DATABASE_URL: connectionString,
        INVENTORY_GRPC_URL: '127.0.0.1:1',
        RABBITMQ_URL: 'amqp://127.0.0.1:1',
        KAFKA_BROKERS: '127.0.0.1:1',
        LOG_LEVEL: 'error',
      },
    });
  await Promise.all([migrate(), migrate()]);
  await migrate();

  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public' order by tablename`,
  );
  expect(rows.map(({ tablename }) => tablename)).toEqual(['inbox', 'orders', 'outbox', 'requests']);
  await client.end();
});

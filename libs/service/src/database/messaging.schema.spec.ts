import { readFileSync } from 'node:fs';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import pg from 'pg';
import { expect, it } from 'vitest';
import * as schema from './messaging.schema.ts';

const statements = readFileSync(new URL(import.meta.resolve('@fourfold/messaging/schema.sql')), 'utf8');

it("creates the same tables from Drizzle's definitions as libs/messaging/schema.sql does", async () => {
  const migration = await generateMigration(generateDrizzleJson({}), generateDrizzleJson(schema));
  const expected = await catalogueAfter([statements]);
  expect(await catalogueAfter(migration)).toEqual(expected);
  expect(new Set(expected.columns.map(({ table_name }) => table_name))).toEqual(
    new Set(['idempotent_requests', 'inbox', 'leases', 'outbox']),
  );
});

/** Columns, constraints and indexes, as PostgreSQL describes them; without the names of constraints, which nothing uses. */
const catalogueAfter = async (ddl: string[]) => {
  const client = new pg.Client({ connectionString: await freshDatabase() });
  await client.connect();
  for (const statement of ddl) await client.query(statement);
  const { rows: columns } = await client.query<{ table_name: string }>(`
    select table_name, column_name, data_type, datetime_precision, is_nullable, column_default
    from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`);
  const { rows: constraints } = await client.query(`
    select conrelid::regclass::text as table, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`);
  const { rows: indexes } = await client.query(`
    select indexdef from pg_indexes where schemaname = 'public'
      and indexname not in (select conname from pg_constraint) order by indexname`);
  await client.end();
  return { columns, constraints, indexes };
};

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { PermanentError } from '@fourfold/transport/errors';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import pg from 'pg';

/** The advisory lock that a process holds while it migrates a database. */
const MIGRATION_LOCK = 0x4_0f0_1d;

/**
 * Applies the migrations of `folder` that this database lacks. Safe for several processes at once. Afterwards every migration of
 * the folder is there as it is written: otherwise a PermanentError names the one that is not.
 */
export const applyMigrations = async (connectionString: string, folder: string): Promise<void> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, keepAlive: true });
  client.on('error', () => {}); // what is being done rejects with it
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]); // until the connection ends
    await migrate(drizzle(client), { migrationsFolder: folder });
    await checkMigrations(client, folder);
  } finally {
    await client.end();
  }
};

/** The folder `migrations` beside a file, or one above: as sources and bundles have it. */
export const migrationsBeside = (file: string): string => {
  const candidates = ['./migrations', '../migrations'].map((path) => fileURLToPath(new URL(path, file)));
  return candidates.find((folder) => existsSync(folder)) ?? candidates[1]!;
};

/** Rejects if a migration of the folder is not in the database as it is written. */
export const checkMigrations = async (client: Pick<pg.Pool, 'query'>, folder: string): Promise<void> => {
  const applied = await appliedMigrations(client);
  const newest = Math.max(...applied.keys());
  for (const { name, when, hash } of migrationsOf(folder)) {
    const there = applied.get(when);
    if (there === undefined && when < newest)
      // Drizzle applies only what is newer than the newest one that it has applied, and skips all else in silence
      throw new PermanentError(
        `${name} was skipped: the database has a newer one. Make it the newest: delete it and generate it again`,
      );
    if (there === undefined) throw new Error(`the database lacks ${name}`);
    if (there !== hash)
      throw new PermanentError(`${name} was changed after it was applied: restore it, and add a further one`);
    applied.delete(when);
  }
  if (applied.size)
    new Logger('Database').warn(`the database has ${applied.size} migrations of a newer version of this service`);
};

/** Hashes of what the database has, by `when`; none if it was never migrated. */
const appliedMigrations = async (client: Pick<pg.Pool, 'query'>): Promise<Map<number, string>> => {
  const { rows: tables } = await client.query(`select to_regclass('drizzle.__drizzle_migrations') as name`);
  if (!tables[0].name) return new Map();
  const { rows } = await client.query('select hash, created_at::float8 as when from drizzle.__drizzle_migrations');
  return new Map(rows.map(({ when, hash }) => [when, hash]));
};

/** None if the service has no folder of migrations. */
const migrationsOf = (folder: string): { name: string; when: number; hash: string }[] => {
  if (!existsSync(folder)) return [];
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as Journal;
  return readMigrationFiles({ migrationsFolder: folder }).map(({ folderMillis, hash }, at) => ({
    name: `migration ${entries[at]!.tag}.sql`,
    when: folderMillis,
    hash,
  }));
};

interface Journal {
  entries: { tag: string; when: number }[];
}

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DynamicModule, Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { drizzle, NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { DatabaseConfig, provideConfig } from '../config.ts';
import { Readiness } from '../health/readiness.ts';
import { Startup } from '../start/startup.ts';

/** The service's database, as Drizzle sees it. */
export abstract class Database extends NodePgDatabase {}
/** What `database.transaction` hands out. Repositories work inside of a given one. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** Connections, for what Drizzle does not do: LISTEN. */
export class Pool extends pg.Pool {}

const MIGRATIONS = Symbol('migrations');
/** Milliseconds: a database that hangs must not hang us. Migrations may take their time. */
const LONGEST_QUERY = 10_000;
/** The advisory lock that a process holds while it migrates a database. */
const MIGRATION_LOCK = 0x4_0f0_1d;

/** Applies the migrations of `folder` that this database lacks. Safe for several at once. */
export const applyMigrations = async (connectionString: string, folder: string): Promise<void> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]); // until the connection ends
    await migrate(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
};

/** Drizzle over a pool; migrates the database at start if the configuration says so. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  /** `beside` is the `import.meta.url` of a file near the `migrations` folder: in it, or one above, as sources and bundles have it. */
  static forRoot({ beside }: { beside: string }): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        provideConfig(DatabaseConfig),
        { provide: MIGRATIONS, useValue: folderBeside(beside) },
        {
          provide: Pool,
          inject: [DatabaseConfig],
          useFactory: ({ DATABASE_URL }: DatabaseConfig) =>
            new Pool({
              connectionString: DATABASE_URL,
              max: 10,
              connectionTimeoutMillis: 2000,
              query_timeout: LONGEST_QUERY,
            }),
        },
        { provide: Database, inject: [Pool], useFactory: (pool: Pool) => drizzle(pool) },
      ],
      exports: [Pool, Database],
    };
  }

  constructor(
    private readonly pool: Pool,
    config: DatabaseConfig,
    startup: Startup,
    readiness: Readiness,
    @Inject(MIGRATIONS) migrations: string,
  ) {
    const logger = new Logger('Database');
    pool.on('error', () => {}); // of idle clients, which each client also emits
    // a client that is in use has no listener of the pool's: without one a lost connection ends the process (brianc/node-postgres#2439)
    pool.on('connect', (client) => client.on('error', (error) => logger.warn(`lost a connection: ${error.message}`)));
    startup.add('database', async () => {
      await pool.query('select 1');
      if (config.MIGRATE_AT_START) await applyMigrations(config.DATABASE_URL, migrations);
    });
    readiness.require('database', async () => (await pool.query('select 1')).rowCount === 1);
  }

  onApplicationShutdown(): Promise<void> {
    return this.pool.end();
  }
}

const folderBeside = (file: string): string => {
  const candidates = ['./migrations', '../migrations'].map((path) => fileURLToPath(new URL(path, file)));
  return candidates.find((folder) => existsSync(folder)) ?? candidates[1]!;
};

import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { drizzle, NodePgDatabase } from 'drizzle-orm/node-postgres';
import { DatabaseConfig, provideConfig } from '../config.ts';
import { Liveness } from '../health/liveness.ts';
import { Readiness } from '../health/readiness.ts';
import { Startup } from '../start/startup.ts';
import { applyMigrations, checkMigrations, migrationsBeside } from './migrations.ts';
import { Pool } from './pool.ts';

export { Pool };

/** The service's database, as Drizzle sees it. */
export abstract class Database extends NodePgDatabase {}
/** What `database.transaction` hands out. Repositories work inside of a given one. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

const MIGRATIONS = Symbol('migrations');

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
        { provide: MIGRATIONS, useValue: migrationsBeside(beside) },
        {
          provide: Pool,
          inject: [DatabaseConfig],
          useFactory: (config: DatabaseConfig) =>
            new Pool({
              url: config.DATABASE_URL,
              size: config.DATABASE_POOL_SIZE,
              statementTimeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
              idleTransactionTimeout: config.DATABASE_IDLE_TRANSACTION_TIMEOUT_MS,
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
    liveness: Liveness,
    @Inject(MIGRATIONS) migrations: string,
  ) {
    startup.add('database', async () => {
      await pool.query('select 1');
      if (config.MIGRATE_AT_START) await applyMigrations(config.DATABASE_URL, migrations);
      else await checkMigrations(pool, migrations); // another process migrates: wait for it
    });
    liveness.require(() => (pool.isLeaked ? 'no connection to the database was given back for a minute' : undefined));
    readiness.watch('database', async () => (await pool.own.query('select 1')).rowCount === 1);
  }

  onApplicationShutdown(): Promise<void> {
    return this.pool.end();
  }
}

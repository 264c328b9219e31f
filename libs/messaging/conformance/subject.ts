import type { Pool } from 'pg';
import type { SqlDatabase } from '../src/sql.ts';

/** One way to reach a database: an adapter, and how the application itself begins a transaction. */
export interface Access<Transaction> {
  adapter: SqlDatabase<Transaction>;
  begin<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/** What the suites work on: a new database with the tables of schema.sql. */
export interface Subject<Transaction> extends Access<Transaction> {
  /** Looks at the tables without the adapter. */
  pool: Pool;
}

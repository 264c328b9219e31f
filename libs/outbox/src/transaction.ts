import type { NodePgDatabase } from 'drizzle-orm/node-postgres';

/** What Drizzle's `database.transaction` hands out. */
export type Transaction = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];

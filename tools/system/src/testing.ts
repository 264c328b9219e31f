import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createDatabases } from './providers/databases.ts';
import { databaseUrl } from './system.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** The DATABASE_URL of a new, empty database, on the PostgreSQL that test.setup.ts started for this run. */
export async function freshDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  if (!server) throw new Error('no PostgreSQL runs: it is started for projects whose package.json names drizzle-orm');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabases(server, [name]);
  return databaseUrl(server, name);
}

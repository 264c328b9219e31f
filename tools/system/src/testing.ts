import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { untilAnswers } from './providers/answers.ts';
import { createDatabases, postgresAnswers } from './providers/databases.ts';
import { databaseUrl } from './system.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** The DATABASE_URL of a new, empty database, on the PostgreSQL that test.setup.ts starts for this run. */
export async function freshDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  if (!server) throw new Error('no PostgreSQL runs: it is started for projects whose package.json names drizzle-orm');
  await untilAnswers(() => postgresAnswers(server), 30_000);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabases(server, [name]);
  return databaseUrl(server, name);
}

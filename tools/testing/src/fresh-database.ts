import { randomUUID } from 'node:crypto';
import { untilAnswers } from '@fourfold/system/servers/answers';
import { createDatabases, postgresAnswers } from '@fourfold/system/servers/databases';
import { databaseUrl } from '@fourfold/system/system';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** The DATABASE_URL of a new, empty database on the PostgreSQL that global-setup.ts starts for this run. */
export async function freshDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  if (!server)
    throw new Error('PostgreSQL is not running: tests have it if their package.json names pg and @fourfold/testing');
  await untilAnswers(() => postgresAnswers(server), 30_000);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabases(server, [name]);
  return databaseUrl(server, name);
}

import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { untilAnswers } from './servers/answers.ts';
import { createDatabases, postgresAnswers } from './servers/databases.ts';
import { type App, apps, databaseUrl, environmentOf } from './system.ts';

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

/** The environment of an app of system.ts for a test of its own: free ports, a new database, nothing else within reach. */
export async function testEnvironment(name: string): Promise<Record<string, string>> {
  const app = apps.find((one) => one.name === name);
  if (!app) throw new Error(`system.ts knows no app ${name}`);
  const environment = { ...environmentOf(app, UNREACHABLE), HTTP_PORT: '0', LOG_LEVEL: 'error' };
  if (app.grpc) Object.assign(environment, { GRPC_PORT: '0' });
  if (app.needs.includes('database')) Object.assign(environment, { DATABASE_URL: await freshDatabase() });
  return environment;
}

/** Nobody listens on port 1: what is sent there waits, or fails at once. */
const UNREACHABLE = {
  apps: Object.fromEntries(apps.map(({ name }): [string, Pick<App, 'http' | 'grpc'>] => [name, { http: 1, grpc: 1 }])),
  database: 'postgres://127.0.0.1:1',
  rabbitmq: 'amqp://127.0.0.1:1',
  kafka: '127.0.0.1:1',
};

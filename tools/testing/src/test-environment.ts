import { type App, apps, environmentOf } from '@fourfold/system/system';
import { freshDatabase } from './fresh-database.ts';

/** The environment of an app of system.ts for one test: free ports, a new database, and no other server or app within reach. */
export async function testEnvironment(name: string): Promise<Record<string, string>> {
  const app = apps.find((one) => one.name === name);
  if (!app) throw new Error(`system.ts has no app ${name}`);
  const environment = { ...environmentOf(app, UNREACHABLE), ...FREE_PORTS };
  return app.needs.includes('database') ? { ...environment, DATABASE_URL: await freshDatabase() } : environment;
}

/** The environment of a service that is not in system.ts, such as a stand-in for the services that an app calls. */
export const FREE_PORTS = { HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'error' };

/** Nothing listens on port 1: connections are refused at once. */
const UNREACHABLE = {
  apps: Object.fromEntries(apps.map(({ name }): [string, Pick<App, 'http' | 'grpc'>] => [name, { http: 1, grpc: 1 }])),
  database: 'postgres://127.0.0.1:1',
  rabbitmq: 'amqp://127.0.0.1:1',
  kafka: '127.0.0.1:1',
};

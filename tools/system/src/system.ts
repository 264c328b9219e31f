/**
 * The whole system on one page: which apps there are, where they listen, what they stand on and whom they call.
 * `npm start`, `nx serve`, e2e and docker/compose.yaml (checked by compose.spec.ts) all follow what is said here.
 */

/** What an app may stand on. */
export type Need = 'database' | 'rabbitmq' | 'kafka';

/** One app of apps/: its ports, what it needs, and the apps that it calls over gRPC. */
export interface App {
  name: string;
  http: number;
  grpc?: number;
  needs: readonly Need[];
  calls: readonly string[];
}

export const apps: readonly App[] = [
  { name: 'gateway', http: 3000, needs: [], calls: ['orders', 'inventory', 'notifications'] },
  { name: 'orders', http: 3001, grpc: 50051, needs: ['database', 'rabbitmq', 'kafka'], calls: ['inventory'] },
  { name: 'inventory', http: 3002, grpc: 50052, needs: ['database', 'kafka'], calls: [] },
  { name: 'payments', http: 3003, grpc: 50053, needs: ['database', 'rabbitmq', 'kafka'], calls: [] },
  { name: 'notifications', http: 3004, grpc: 50054, needs: ['database', 'kafka'], calls: [] },
];

/** Where the servers listen that the apps stand on. PostgreSQL is one off its usual 5432, which is often taken. */
export const ports: Readonly<Record<Need, number>> = { database: 5433, rabbitmq: 5672, kafka: 9092 };

/** Never `localhost`: it may be ::1 for one side and 127.0.0.1 for the other. */
export const HOST = '127.0.0.1';

/** URLs of the servers; that of `database` names no database, for each app has its own. */
export interface Servers {
  database?: string;
  rabbitmq?: string;
  kafka?: string;
}

/** Everything an app may have to find. */
export interface Addresses extends Servers {
  apps: Readonly<Record<string, Pick<App, 'http' | 'grpc'>>>;
}

/** Everything where this page says it is. */
export const addresses: Addresses = {
  apps: Object.fromEntries(apps.map(({ name, http, grpc }) => [name, { http, grpc }])),
  database: `postgres://postgres@${HOST}:${ports.database}`,
  rabbitmq: `amqp://${HOST}:${ports.rabbitmq}`,
  kafka: `${HOST}:${ports.kafka}`,
};

/** The environment that an app starts with. `messagingPrefix` goes before the names of its queues, topics and groups. */
export function environmentOf(app: App, at: Addresses, messagingPrefix?: string): Record<string, string> {
  const own = at.apps[app.name] ?? app;
  return {
    HOST,
    HTTP_PORT: String(own.http),
    ...(own.grpc && { GRPC_PORT: String(own.grpc) }),
    ...(app.needs.includes('database') && {
      DATABASE_URL: databaseUrl(needed(app, 'database', at), app.name),
      MIGRATE_AT_START: 'true',
    }),
    ...(app.needs.includes('rabbitmq') && { RABBITMQ_URL: needed(app, 'rabbitmq', at) }),
    ...(app.needs.includes('kafka') && { KAFKA_BROKERS: needed(app, 'kafka', at) }),
    ...Object.fromEntries(app.calls.map((target) => [grpcVariable(target), `${HOST}:${grpcPort(app, target, at)}`])),
    LOG_FORMAT: 'pretty',
    ...(messagingPrefix && { MESSAGING_PREFIX: messagingPrefix }),
  };
}

/** The URL of one app's database on that server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** The names of the databases that these apps need: each app's own. */
export function databasesOf(of: readonly App[]): string[] {
  return of.filter((app) => app.needs.includes('database')).map((app) => app.name);
}

/** `inventory` -> `INVENTORY_GRPC_URL`, `price-list` -> `PRICE_LIST_GRPC_URL` */
export function grpcVariable(target: string): string {
  return `${target.toUpperCase().replaceAll('-', '_')}_GRPC_URL`;
}

function grpcPort(app: App, target: string, at: Addresses): number {
  const port = at.apps[target]?.grpc;
  if (!port) throw new Error(`${app.name} calls ${target}, which has no gRPC port in system.ts`);
  return port;
}

function needed(app: App, need: Need, at: Addresses): string {
  const url = at[need];
  if (!url) throw new Error(`${app.name} needs ${need}, and no provider gave its address`);
  return url;
}

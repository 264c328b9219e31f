/**
 * The whole system on one page: which apps there are, where they listen, what they need and which apps they call.
 * `npm start`, `nx serve` and e2e read it; consistency/ compares it with docker/compose.yaml and with the apps.
 */
import { isReplicaOf } from './replicas.ts';

/** A server that an app may need. */
export type Need = 'database' | 'rabbitmq' | 'kafka';

/** One app of apps/: its ports, the servers that it needs, and the apps that it calls over gRPC. */
export interface App {
  name: string;
  http: number;
  grpc?: number;
  needs: readonly Need[];
  calls: readonly string[];
}

export const apps: readonly App[] = [
  { name: 'gateway', http: 3000, needs: [], calls: ['orders', 'inventory', 'payments', 'notifications'] },
  { name: 'orders', http: 3001, grpc: 50051, needs: ['database', 'rabbitmq', 'kafka'], calls: ['inventory'] },
  { name: 'inventory', http: 3002, grpc: 50052, needs: ['database', 'kafka'], calls: [] },
  { name: 'payments', http: 3003, grpc: 50053, needs: ['database', 'rabbitmq', 'kafka'], calls: [] },
  { name: 'notifications', http: 3004, grpc: 50054, needs: ['database', 'kafka'], calls: [] },
];

/** The ports of the servers. PostgreSQL has 5433, because its usual 5432 is often in use. */
export const ports: Readonly<Record<Need, number>> = { database: 5433, rabbitmq: 5672, kafka: 9092 };

/** Never `localhost`: one side may resolve it to ::1 and the other to 127.0.0.1. */
export const HOST = '127.0.0.1';

/** URLs of the servers. That of `database` names no database, because each app has its own. */
export interface Servers {
  database?: string;
  rabbitmq?: string;
  kafka?: string;
}

/** Where the servers and the apps listen; further processes of an app have a number: `orders 2`. */
export interface Addresses extends Servers {
  apps: Readonly<Record<string, Pick<App, 'http' | 'grpc'>>>;
}

/** The addresses that this page states. */
export const addresses: Addresses = {
  apps: Object.fromEntries(apps.map(({ name, http, grpc }) => [name, { http, grpc }])),
  database: `postgres://postgres@${HOST}:${ports.database}`,
  rabbitmq: `amqp://${HOST}:${ports.rabbitmq}`,
  kafka: `${HOST}:${ports.kafka}`,
};

/**
 * The environment that an app starts with. `messagingPrefix` is put before the names of its queues, topics and groups;
 * `replica` is which process of the app it is.
 */
export function environmentOf(
  app: App,
  at: Addresses,
  messagingPrefix?: string,
  replica = app.name,
): Record<string, string> {
  const own = at.apps[replica] ?? app;
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
    ...Object.fromEntries(app.calls.map((target) => [grpcVariable(target), grpcTarget(app, target, at)])),
    LOG_FORMAT: 'pretty',
    ...(messagingPrefix && { MESSAGING_PREFIX: messagingPrefix }),
  };
}

/** The URL of one database on a server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** The names of the databases that these apps need: one per app, named after it. */
export function databasesOf(of: readonly App[]): string[] {
  return of.filter((app) => app.needs.includes('database')).map((app) => app.name);
}

/** `inventory` -> `INVENTORY_GRPC_URL`, `price-list` -> `PRICE_LIST_GRPC_URL` */
export function grpcVariable(target: string): string {
  return `${target.toUpperCase().replaceAll('-', '_')}_GRPC_URL`;
}

/** The address of a target, or of all its processes, as gRPC's name resolution takes it. */
function grpcTarget(app: App, target: string, at: Addresses): string {
  const all = Object.entries(at.apps)
    .filter(([name, { grpc }]) => isReplicaOf(name, target) && grpc)
    .map(([, { grpc }]) => `${HOST}:${grpc}`);
  if (!all.length) throw new Error(`${app.name} calls ${target}, which has no gRPC port in system.ts`);
  return all.length === 1 ? all[0]! : `ipv4:${all.join(',')}`;
}

function needed(app: App, need: Need, at: Addresses): string {
  const url = at[need];
  if (!url) throw new Error(`${app.name} needs ${need}, and no provider runs it`);
  return url;
}

import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './machine/free-ports.ts';
import { holderOf, Lock } from './machine/lock.ts';
import type { PortUse } from './machine/needed-ports.ts';
import type { ProviderContext } from './providers/provider.ts';
import { replicasOf, type Replica } from './replicas.ts';
import { StartError } from './start.error.ts';
import { databasesOf, ports, type Addresses, type App } from './system.ts';

/** The ports of the apps, and the ports and folder of the providers, in one run of the system. */
export interface Allocation {
  apps: Addresses['apps'];
  context: ProviderContext;
}

/** The ports of system.ts, and data that are kept: `.system/` in the clone. */
export function fixedAllocation(apps: readonly App[], root: string): Allocation {
  return {
    apps: Object.fromEntries(apps.map(({ name, http, grpc }) => [name, { http, grpc }])),
    context: { folder: join(root, '.system'), temporary: false, ports, databases: databasesOf(apps) },
  };
}

/** Takes `.system/`, which one run at a time may use. Throws a StartError that says which one does. */
export function takeData(root: string): Lock {
  const file = join(root, '.system', 'lock');
  const lock = Lock.take(file);
  if (lock) return lock;
  throw new StartError(
    `The system runs already in this clone: process ${holderOf(file) ?? 'unknown'} holds ${join(root, '.system')}.\n` +
      'Stop it with Ctrl-C in its terminal, or run another one beside it, on free ports and with empty databases: npm start -- --fresh',
  );
}

/** Free ports and a new folder, which the caller removes at the end; runs side by side do not collide. */
export async function freshAllocation(apps: readonly App[], replicas = 1): Promise<Allocation> {
  const all = replicasOf(apps, replicas);
  const free = await freePorts(3 + 2 * all.length);
  const next = () => free.pop() ?? 0;
  const folder = await mkdtemp(join(tmpdir(), 'fourfold-'));
  await chmod(folder, 0o755); // PostgreSQL may run as another user
  return {
    apps: Object.fromEntries(all.map(({ name, app }) => [name, { http: next(), ...(app.grpc && { grpc: next() }) }])),
    context: {
      folder,
      temporary: true,
      ports: { database: next(), rabbitmq: next(), kafka: next() },
      databases: databasesOf(apps),
    },
  };
}

/** The ports that these processes listen on, and for what. */
export function portUses(replicas: readonly Replica<App>[], at: Addresses['apps']): PortUse[] {
  return replicas.flatMap(({ name }) => {
    const { http, grpc } = at[name] ?? {};
    return [
      ...(http ? [{ port: http, neededBy: `${name} (HTTP)` }] : []),
      ...(grpc ? [{ port: grpc, neededBy: `${name} (gRPC)` }] : []),
    ];
  });
}

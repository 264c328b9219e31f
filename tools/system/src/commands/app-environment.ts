/**
 * `app-environment.ts <app>` prints the environment of one app, as `NAME=value` lines: what `npm start -- --without=<app>` leaves to run.
 * RABBITMQ_URL, KAFKA_BROKERS and DATABASE_URL, where set, say where the servers are.
 */
import { addresses, apps, environmentOf } from '../system.ts';

/** The environment of an app at the addresses of system.ts, for `nx serve`. */
export function environmentFor(name: string, variables: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const app = apps.find((one) => one.name === name);
  if (!app) throw new Error(`system.ts knows no app ${name}`);
  const { DATABASE_URL, RABBITMQ_URL, KAFKA_BROKERS, MESSAGING_PREFIX } = variables;
  const at = {
    apps: addresses.apps,
    database: DATABASE_URL || addresses.database,
    rabbitmq: RABBITMQ_URL || addresses.rabbitmq,
    kafka: KAFKA_BROKERS || addresses.kafka,
  };
  return environmentOf(app, at, MESSAGING_PREFIX);
}

if (import.meta.main) {
  const [name = ''] = process.argv.slice(2);
  for (const [variable, value] of Object.entries(environmentFor(name))) console.log(`${variable}=${value}`);
}

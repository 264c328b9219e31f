/**
 * `app-environment.ts <app>` prints the environment of one app as `NAME=value` lines, to run it beside `npm start -- --without=<app>`.
 * If RABBITMQ_URL, KAFKA_BROKERS or DATABASE_URL is set, it takes the place of the address in system.ts.
 */
import { addresses, apps, environmentOf } from '../system.ts';

/** The environment of an app, for `nx serve`: the addresses of system.ts, unless `variables` names others. */
export function environmentFor(name: string, variables: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const app = apps.find((one) => one.name === name);
  if (!app) throw new Error(`system.ts has no app ${name}`);
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

/**
 * vitest's global set-up: what the tests of a project stand on, private to the run. PostgreSQL where its package.json names
 * drizzle-orm; brokers where it names the embedded ones, as RABBITMQ_URL and KAFKA_BROKERS: those that BROKERS says.
 */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freshAllocation } from './allocation.ts';
import { type Brokers, DEFAULT_BROKERS, providersOf } from './providers/brokers.ts';
import { EmbeddedPostgresProvider } from './providers/embedded-postgres.provider.ts';
import { kafkaClassPath } from './providers/kafka/jars.ts';
import type { Provider } from './providers/provider.ts';
import { HOST, type Need, type Servers } from './system.ts';

const EMBEDDED = '@fourfold/embedded-brokers';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const needs = needsOf(project.config.root);
  if (!needs.length) return;
  const { context } = await freshAllocation([]);
  const providers = providersOf((process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS, context).filter(
    ({ provides }) => provides.some((need) => needs.includes(need)),
  );
  const starting: Promise<unknown>[] = [];
  const stop = async () => {
    await Promise.allSettled(starting); // what is half started cannot be stopped
    await Promise.all(providers.map((provider) => provider.stop()));
    await rm(context.folder, { recursive: true, force: true });
  };
  try {
    const [early, awaited] = [
      providers.filter(isEmbeddedPostgres),
      providers.filter((one) => !isEmbeddedPostgres(one)),
    ];
    for (const provider of early) {
      // where it is going to be is known: it starts while the tests load Nest, and freshDatabase() waits for it
      project.provide('postgresUrl', `postgres://postgres@${HOST}:${context.ports.database}`);
      starting.push(provider.start().catch((error: Error) => console.error(error.message)));
    }
    const started = await Promise.all(awaited.map((provider) => provider.start()));
    const { database, rabbitmq, kafka }: Servers = Object.assign({}, ...started);
    if (rabbitmq)
      console.log(`over ${process.env['BROKERS'] || DEFAULT_BROKERS} brokers: ${rabbitmq}, Kafka at ${kafka}`);
    if (database) project.provide('postgresUrl', database);
    if (rabbitmq) process.env['RABBITMQ_URL'] = rabbitmq;
    if (kafka) process.env['KAFKA_BROKERS'] = kafka;
    if (kafka && process.env['BROKERS'] === 'native')
      process.env['KAFKA_CLASS_PATH'] = await kafkaClassPath(join(context.folder, 'kafka-jars.log')); // Java's own client
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

const isEmbeddedPostgres = (provider: Provider) => provider instanceof EmbeddedPostgresProvider;

function needsOf(root: string): Need[] {
  const { name, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const uses = (dependency: string) => dependency in { ...dependencies, ...devDependencies };
  const needsBrokers = uses(EMBEDDED) || (name === EMBEDDED && process.env['BROKERS']);
  return [
    ...(uses('drizzle-orm') ? (['database'] as const) : []),
    ...(needsBrokers ? (['rabbitmq', 'kafka'] as const) : []),
  ];
}

/**
 * vitest's global set-up: starts the servers that a project's tests need, for this run alone. They are PostgreSQL if its
 * package.json names pg and this package, and brokers if it names the embedded ones: those that the variable BROKERS says.
 */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freshAllocation } from '@fourfold/system/allocation';
import { memoryFolder } from '@fourfold/system/machine/memory-folder';
import { type Brokers, DEFAULT_BROKERS, providersOf } from '@fourfold/system/providers/brokers';
import { EmbeddedPostgresProvider } from '@fourfold/system/providers/embedded-postgres.provider';
import { kafkaClassPath } from '@fourfold/system/providers/kafka/jars';
import type { Provider } from '@fourfold/system/providers/provider';
import { HOST, type Need, type Servers } from '@fourfold/system/system';
import type { TestProject } from 'vitest/node';

const TESTING = '@fourfold/testing';
const EMBEDDED_BROKERS = '@fourfold/embedded-brokers';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const needs = needsOf(project.config.root);
  if (!process.env['SPECS']) process.env['TMPDIR'] ??= memoryFolder(); // figures are of disks, and copies of the workspace large
  if (!needs.length) return;
  const brokers = (process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS;
  const { context } = await freshAllocation([]);
  const providers = providersOf(brokers, context).filter(({ provides }) =>
    provides.some((need) => needs.includes(need)),
  );
  const starting: Promise<unknown>[] = [];
  const stop = async () => {
    await Promise.allSettled(starting); // a provider cannot be stopped while it starts
    await Promise.all(providers.map((provider) => provider.stop()));
    await rm(context.folder, { recursive: true, force: true });
  };
  try {
    // PostgreSQL starts while the tests load Nest: its address is known beforehand, and freshDatabase() waits for it
    for (const provider of providers.filter(isEmbeddedPostgres)) {
      project.provide('postgresUrl', `postgres://postgres@${HOST}:${context.ports.database}`);
      starting.push(provider.start().catch((error: Error) => console.error(error.message)));
    }
    const awaited = providers.filter((provider) => !isEmbeddedPostgres(provider));
    const started = await Promise.all(awaited.map((provider) => provider.start()));
    const { database, rabbitmq, kafka }: Servers = Object.assign({}, ...started);
    if (rabbitmq) console.log(`tests run over ${brokers} brokers: RabbitMQ ${rabbitmq}, Kafka ${kafka}`);
    if (database) project.provide('postgresUrl', database);
    if (rabbitmq) process.env['RABBITMQ_URL'] = rabbitmq;
    if (kafka) process.env['KAFKA_BROKERS'] = kafka;
    if (kafka && brokers === 'native')
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
  const usesBrokers =
    (uses(EMBEDDED_BROKERS) && name !== TESTING) || (name === EMBEDDED_BROKERS && process.env['BROKERS']);
  return [
    ...(uses('pg') && (uses(TESTING) || name === TESTING) ? (['database'] as const) : []),
    ...(usesBrokers ? (['rabbitmq', 'kafka'] as const) : []),
  ];
}

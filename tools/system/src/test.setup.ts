/**
 * vitest's global set-up: what the tests of a project stand on, private to the run. PostgreSQL where its package.json names
 * drizzle-orm; the brokers where BROKERS says which, as RABBITMQ_URL and KAFKA_BROKERS.
 */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freshPlace } from './place.ts';
import { type Brokers, DEFAULT_BROKERS, providersOf } from './providers/brokers.ts';
import type { Need, Servers } from './system.ts';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const needs = needsOf(project.config.root);
  if (!needs.length) return;
  const { ground } = await freshPlace([]);
  const providers = providersOf((process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS, ground).filter(({ gives }) =>
    gives.some((need) => needs.includes(need)),
  );
  const stop = async () => {
    await Promise.all(providers.map((provider) => provider.stop()));
    await rm(ground.folder, { recursive: true, force: true });
  };
  try {
    const started = await Promise.all(providers.map((provider) => provider.start()));
    const { database, rabbitmq, kafka }: Servers = Object.assign({}, ...started);
    if (database) project.provide('postgresUrl', database);
    if (rabbitmq) process.env['RABBITMQ_URL'] = rabbitmq;
    if (kafka) process.env['KAFKA_BROKERS'] = kafka;
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

function needsOf(root: string): Need[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const stores = 'drizzle-orm' in { ...manifest.dependencies, ...manifest.devDependencies };
  return [
    ...(stores ? (['database'] as const) : []),
    ...(process.env['BROKERS'] ? (['rabbitmq', 'kafka'] as const) : []),
  ];
}

import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../ports.ts';
import { StartError } from '../start.error.ts';
import { databaseUrl, type Servers } from '../system.ts';
import { kafkaAnswers, rabbitmqAnswers } from './answers.ts';
import { postgresAnswers } from './databases.ts';
import { EmbeddedPostgresProvider } from './embedded-postgres.provider.ts';
import { ExternalProvider } from './external.provider.ts';
import { NativeKafkaProvider } from './native-kafka.provider.ts';
import { NativeRabbitmqProvider } from './native-rabbitmq.provider.ts';
import type { Ground, Provider } from './provider.ts';

let ground: Ground;
beforeEach(async () => {
  const [database = 0, rabbitmq = 0, kafka = 0] = await freePorts(3);
  const folder = await mkdtemp(join(tmpdir(), 'fourfold-providers-'));
  await chmod(folder, 0o755);
  ground = { folder, temporary: true, ports: { database, rabbitmq, kafka }, databases: ['orders', 'payments'] };
});
afterEach(() => rm(ground.folder, { recursive: true, force: true }));

/** What every provider that runs something must do. */
function itProvides(create: (ground: Ground) => Provider, answers: (servers: Servers) => Promise<void>): void {
  it('answers once it has started, not after it has stopped, and again on the same data', async ({ skip }) => {
    for (let time = 1; time <= 2; time++) {
      const provider = create(ground);
      await provider.check().catch((error: Error) => skip(error.message));
      const servers = await provider.start();
      await answers(servers);
      await provider.stop();
      await expect(answers(servers)).rejects.toBeInstanceOf(Error);
    }
  }, 120_000);

  it('can be stopped without having started', async () => {
    await expect(create(ground).stop()).resolves.toBeUndefined();
  });
}

describe('embedded PostgreSQL', () => {
  itProvides(
    (on) => new EmbeddedPostgresProvider(on),
    ({ database = '' }) => postgresAnswers(databaseUrl(database, 'payments')),
  );

  it('creates each database, sorting and folding case as Unicode does', async () => {
    const provider = new EmbeddedPostgresProvider(ground);
    const { database = '' } = await provider.start();
    const client = new Client(databaseUrl(database, 'orders'));
    await client.connect();
    const { rows } = await client.query("select upper('é') as upper, current_database() as name");
    await client.end();
    await provider.stop();
    expect(rows).toEqual([{ upper: 'É', name: 'orders' }]);
  });
});

describe('native RabbitMQ', () => {
  itProvides(
    (on) => new NativeRabbitmqProvider(on),
    ({ rabbitmq = '' }) => rabbitmqAnswers(rabbitmq),
  );
});

describe('native Kafka', () => {
  itProvides(
    (on) => new NativeKafkaProvider(on),
    ({ kafka = '' }) => kafkaAnswers(kafka),
  );
});

describe('external servers', () => {
  it('names every variable that is not set', async () => {
    const provider = new ExternalProvider(ground, { RABBITMQ_URL: 'amqp://mq' });
    await expect(provider.check()).rejects.toThrow(/^DATABASE_URL is not set.*\nKAFKA_BROKERS is not set/);
  });

  it('names every server that cannot be reached, without its password', async () => {
    const { database, rabbitmq, kafka } = ground.ports;
    const provider = new ExternalProvider(ground, {
      DATABASE_URL: `postgres://user:secret@127.0.0.1:${database}`,
      RABBITMQ_URL: `amqp://user:secret@127.0.0.1:${rabbitmq}`,
      KAFKA_BROKERS: `127.0.0.1:${kafka}`,
    });
    const error = await provider.start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    const { message } = error as StartError;
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'PostgreSQL cannot be used at DATABASE_URL',
      'RabbitMQ cannot be used at RABBITMQ_URL',
      'Kafka cannot be used at KAFKA_BROKERS',
    ]);
    expect(message).not.toContain('secret');
  });
});

import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { StartError } from '../start.error.ts';
import { databaseUrl } from '../system.ts';
import { kafkaAnswers, rabbitmqAnswers } from '../servers/answers.ts';
import { postgresAnswers } from '../servers/databases.ts';
import { EmbeddedPostgresProvider } from './embedded-postgres.provider.ts';
import { EmbeddedBrokersProvider } from './embedded-brokers.provider.ts';
import { ExternalProvider } from './external.provider.ts';
import { itProvides, useProviderContext } from './providers.suite.ts';

const context = useProviderContext();

describe('embedded PostgreSQL', () => {
  itProvides(
    context,
    (on) => new EmbeddedPostgresProvider(on),
    ({ database = '' }) => postgresAnswers(databaseUrl(database, 'payments')),
  );

  it('creates each database, with the case rules of Unicode', async () => {
    const provider = new EmbeddedPostgresProvider(context());
    const { database = '' } = await provider.start();
    const client = new Client(databaseUrl(database, 'orders'));
    await client.connect();
    const { rows } = await client.query("select upper('é') as upper, current_database() as name");
    await client.end();
    await provider.stop();
    expect(rows).toEqual([{ upper: 'É', name: 'orders' }]);
  });
});

describe('embedded brokers', () => {
  itProvides(
    context,
    (on) => new EmbeddedBrokersProvider(on),
    async ({ rabbitmq = '', kafka = '' }) => {
      await rabbitmqAnswers(rabbitmq);
      await kafkaAnswers(kafka);
    },
  );
});

describe('external servers', () => {
  it('names every variable that is not set', async () => {
    const provider = new ExternalProvider(context(), { RABBITMQ_URL: 'amqp://mq' });
    await expect(provider.check()).rejects.toThrow(/^DATABASE_URL is not set.*\nKAFKA_BROKERS is not set/);
  });

  it('names every server that cannot be reached, without its password', async () => {
    const { database, rabbitmq, kafka } = context().ports;
    const provider = new ExternalProvider(context(), {
      DATABASE_URL: `postgres://user:secret@127.0.0.1:${database}`,
      RABBITMQ_URL: `amqp://user:secret@127.0.0.1:${rabbitmq}`,
      KAFKA_BROKERS: `127.0.0.1:${kafka}`,
    });
    const error = await provider.start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    const { message } = error as StartError;
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'PostgreSQL at DATABASE_URL cannot be used',
      'RabbitMQ at RABBITMQ_URL cannot be used',
      'Kafka at KAFKA_BROKERS cannot be used',
    ]);
    expect(message).not.toContain('secret');
  });
});

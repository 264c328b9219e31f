import { Logger } from '@nestjs/common';
import { EventPattern, Transport as NestTransport } from '@nestjs/microservices';
import type { Event } from '@fourfold/contracts/event';
import { Matches } from 'class-validator';
import { patternsOf } from '../handlers/patterns.ts';
import type { BrokerTransport, Client } from '../transport.ts';
import type { KafkaPublisherOptions } from './publisher.ts';

export class KafkaConfig {
  /** Comma-separated `host:port`. */
  @Matches(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, { message: 'KAFKA_BROKERS must be host:port, with commas between' })
  KAFKA_BROKERS?: string = undefined;
}

/** How an embedded broker names itself: its cluster id. */
const EMBEDDED = 'fourfold-embedded';

/** Kafka: events of a topic, and operations that are taken in one-way. */
export const kafka: BrokerTransport<KafkaConfig> = {
  config: KafkaConfig,

  bind(operation) {
    const { name, kind, bindings } = operation;
    if (!bindings.kafka) return undefined;
    if (kind === 'stream') throw new TypeError(`${name} is a stream: Kafka takes operations in one-way`);
    return { decorator: patternOf(name, { ...bindings.kafka, operation }) };
  },

  describe: (_, method) =>
    patternsOf(method, NestTransport.KAFKA).map(({ pattern, extras }) => `${extras['topic']} (${pattern})`),

  async createServer(config, { name: group, prefix, drainTimeout, retries, concurrency }) {
    const { KafkaServer } = await import('./server.ts');
    return new KafkaServer({ brokers: brokersOf(config), group, prefix, drainTimeout, retries, concurrency });
  },

  async createPublisher(config, { name: source, prefix }) {
    const { KafkaPublisher } = await import('./publisher.ts');
    return new KafkaPublisher({ brokers: brokersOf(config), prefix, source });
  },

  async isEmbedded(config) {
    const { Kafka } = (await import('kafkajs')).default;
    const { kafkaConfig } = await import('./connection.ts');
    const { withAdmin } = await import('./topology.ts');
    const client = new Kafka(kafkaConfig({ brokers: brokersOf(config) }, 'embedded', new Logger('kafka')));
    const { clusterId } = await withAdmin(client, (admin) => admin.describeCluster());
    return clusterId === EMBEDDED;
  },
};

/** What `@On(event)` puts on a subscriber's method. `handler` names the method in errors. */
export const subscriptionTo = (
  { type, topic, ...event }: Event,
  handler: string,
  { onDead = 'pass' }: { onDead?: 'pass' | 'hold' } = {},
): MethodDecorator => patternOf(type, { topic, event: { type, topic, ...event }, handler, onDead });

/** Hands operations in over Kafka, one-way: for `oneWayClientOf(contract)`. */
export const kafkaClient = async (options: KafkaPublisherOptions): Promise<Client> => {
  const { KafkaClient } = await import('./client.ts');
  return new KafkaClient(options);
};

const patternOf = (name: string, extras: object): MethodDecorator =>
  EventPattern<string>(name, NestTransport.KAFKA, extras) as MethodDecorator;

const brokersOf = ({ KAFKA_BROKERS }: KafkaConfig): string[] => KAFKA_BROKERS!.split(',');

import { randomUUID } from 'node:crypto';
import type { INestApplication, Provider, Type } from '@nestjs/common';
import type { Event } from '@fourfold/contracts/event';
import { messageOf } from '../../src/outgoing-message.ts';
import type { OutgoingMessage } from '../../src/transport.ts';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { propagate } from '../../src/metadata.ts';
import { startApplication } from '../application.ts';
import { stopIdleSpin } from '../../src/kafka/kafkajs-fixes.ts';
import { KafkaServer, type KafkaServerOptions } from '../../src/kafka/server.ts';

/** The Kafka that broker specs run on. */
export const brokersOrExplain = (): string[] => {
  const brokers = process.env.KAFKA_BROKERS;
  if (!brokers) throw new Error('KAFKA_BROKERS is not set: these tests need a real Kafka, for example 127.0.0.1:9092');
  return brokers.split(',');
};

/** Of one test file: so that runs side by side never meet. */
export const uniquePrefix = (): string => `spec-${randomUUID().slice(0, 8)}-`;

/** kafkajs as it is, but for its warning on Node 24. */
export const rawKafka = (): Kafka => {
  stopIdleSpin();
  return new Kafka({ brokers: brokersOrExplain(), clientId: 'spec', logLevel: logLevel.NOTHING });
};

export interface RunningService {
  app: INestApplication;
  server: KafkaServer;
}

/** A service with these controllers, in its group, once it is ready. */
export const startService = async (
  controllers: Type[],
  options: Omit<KafkaServerOptions, 'brokers'> & { brokers?: string[]; providers?: Provider[] },
): Promise<RunningService> => {
  const { providers = [], ...settings } = options;
  const server = new KafkaServer({ brokers: brokersOrExplain(), ...settings });
  const { app } = await startApplication(controllers, [server], { providers });
  return { app, server };
};

export const outgoing = <T>(event: Event<T>, data: T, id = uuidv7()): OutgoingMessage =>
  messageOf(event, data, { id, metadata: propagate(), createdAt: new Date() });

export type RawMessage = KafkaMessage & {
  partition: number;
  text: Record<string, string>;
};

/** Hears a topic from its beginning with a client that is not ours. Call `stop` at the end. */
export const hearRaw = async (topic: string): Promise<{ heard: RawMessage[]; stop: () => Promise<void> }> => {
  const consumer = rawKafka().consumer({ groupId: `raw-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const heard: RawMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message, partition }) => {
      const text = Object.fromEntries(
        Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
      );
      heard.push({ ...message, partition, text } as RawMessage);
    },
  });
  return { heard, stop: () => consumer.disconnect() };
};

/** How far a group has committed, over all partitions of a topic. */
export const committedOf = async (groupId: string, topic: string): Promise<number> => {
  const admin = rawKafka().admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return offsets!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
};

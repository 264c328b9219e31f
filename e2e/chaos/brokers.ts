/** What RabbitMQ and Kafka hold, asked past all proxies. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaStore } from '@fourfold/system/dead-letters/kafka.store';
import { RabbitMqStore } from '@fourfold/system/dead-letters/rabbitmq.store';
import type { DeadLetter } from '@fourfold/system/dead-letters/store';
import type { Servers } from '@fourfold/system/system';
import amqp from 'amqplib';
import kafkajs, { type Admin } from 'kafkajs';

/** The queues of commands. */
const COMMANDS = ['payments.charge-payment'];
export const QUEUES = ['orders.place-order', ...COMMANDS, ...COMMANDS.map((queue) => `${queue}.retry`)];
/** The topics of events, and the groups that hear all of each. */
export const TOPICS: Readonly<Record<string, readonly string[]>> = {
  'shop.orders.v1': ['inventory', 'notifications'],
  'shop.payments.v1': ['orders', 'notifications'],
};

/** Milliseconds that RabbitMQ gets to notice that connections were cut. */
const LEAVE_TIMEOUT = 30_000;

/** A record of a topic. */
export interface StoredRecord {
  topic: string;
  partition: number;
  offset: number;
  /** Of the CloudEvent. */
  id: string;
  key: string;
}

const clientOf = ({ kafka }: Servers) =>
  new kafkajs.Kafka({ brokers: [kafka!], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 3 } });

const withAdmin = async <T>(servers: Servers, work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = clientOf(servers).admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
};

/** How many messages of each queue wait for a consumer; what a consumer has is not among them. */
export async function waitingIn({
  rabbitmq,
}: Servers): Promise<Record<string, { messages: number; consumers: number }>> {
  const model = await amqp.connect(rabbitmq!, { timeout: 5000 });
  model.on('error', () => {});
  try {
    const channel = await model.createChannel();
    channel.on('error', () => {});
    const found: [string, { messages: number; consumers: number }][] = [];
    for (const queue of QUEUES) {
      const { messageCount: messages, consumerCount: consumers } = await channel.checkQueue(queue);
      found.push([queue, { messages, consumers }]);
    }
    return Object.fromEntries(found);
  } finally {
    await model.close().catch(() => {});
  }
}

/** All messages of each queue, once nothing consumes from them any more: also those that were never acknowledged. */
export async function leftIn(servers: Servers): Promise<Record<string, number>> {
  const until = performance.now() + LEAVE_TIMEOUT;
  let queues = await waitingIn(servers);
  while (Object.values(queues).some(({ consumers }) => consumers)) {
    if (performance.now() > until) throw new Error('RabbitMQ still has consumers, though all are cut off');
    await sleep(200);
    queues = await waitingIn(servers);
  }
  return Object.fromEntries(Object.entries(queues).map(([queue, { messages }]) => [queue, messages]));
}

/** How many records of a topic, or of its retry topic, a group has not committed: `shop.orders.v1 inventory`. */
export function lagsOf(servers: Servers): Promise<Record<string, number>> {
  return withAdmin(servers, async (admin) => {
    const lags: [string, number][] = [];
    for (const [topic, groups] of Object.entries(TOPICS))
      for (const group of groups)
        for (const name of [topic, `${topic}.${group}.retry`]) {
          const ends = await admin.fetchTopicOffsets(name);
          const [committed] = await admin.fetchOffsets({ groupId: group, topics: [name] });
          const offsets = new Map(committed!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
          const lag = ends.reduce(
            (sum, { partition, low, high }) => sum + Number(high) - Math.max(Number(low), offsets.get(partition) ?? 0),
            0,
          );
          lags.push([`${name} ${group}`, lag]);
        }
    return Object.fromEntries(lags);
  });
}

/** All records of the topics of events, in the order of each partition. */
export async function recordsIn(servers: Servers): Promise<StoredRecord[]> {
  const topics = Object.keys(TOPICS);
  const left = await withAdmin(servers, async (admin) => {
    const ends = new Map<string, number>();
    for (const topic of topics)
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        if (Number(high)) ends.set(`${topic}/${partition}`, Number(high));
    return ends;
  });
  const consumer = clientOf(servers).consumer({ groupId: `chaos-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const records: StoredRecord[] = [];
  const all = Promise.withResolvers<void>();
  if (!left.size) all.resolve();
  consumer.on('consumer.crash', ({ payload }) => all.reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { topic, partition, messages } = batch;
      for (const { offset, key, headers } of messages)
        records.push({ topic, partition, offset: Number(offset), id: String(headers?.['ce_id']), key: String(key) });
      const end = left.get(`${topic}/${partition}`);
      if (end !== undefined && Number(batch.lastOffset()) >= end - 1) left.delete(`${topic}/${partition}`);
      if (!left.size) all.resolve();
    },
  });
  await all.promise.finally(() => consumer.disconnect());
  return records;
}

export async function deadLettersIn({ rabbitmq, kafka }: Required<Servers>): Promise<DeadLetter[]> {
  const stores = [
    await RabbitMqStore.open({ url: rabbitmq, prefix: '', queues: COMMANDS }),
    await KafkaStore.open({ brokers: kafka, prefix: '' }),
  ];
  try {
    return (await Promise.all(stores.map((store) => store.list()))).flat();
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

import { messageOf } from '../../src/outgoing-message.ts';
import { Kafka, logLevel } from 'kafkajs';
import { v7 as uuid } from 'uuid';
import { expect } from 'vitest';
import { propagate } from '../../src/metadata.ts';
import { KafkaClient } from '../../src/kafka/client.ts';
import { KafkaPublisher } from '../../src/kafka/publisher.ts';
import { KafkaServer } from '../../src/kafka/server.ts';
import { brokersOrExplain, committedOf, hearRaw, rawKafka } from '../kafka/service.fixture.ts';
import { withAdmin } from '../../src/kafka/topology.ts';
import { jobPosted } from '../contract.ts';
import type { Driver } from './driver.ts';

export const openKafka = async (address?: string): Promise<Driver> => {
  const brokers = address?.split(',') ?? brokersOrExplain();
  const prefix = `conformance-${uuid()}.`;
  const topic = prefix + jobPosted.topic;
  const publisher = new KafkaPublisher({ brokers, prefix, source: 'conformance' });
  const opened: { close(): Promise<void> }[] = [publisher];
  return {
    transport: 'kafka',
    prefix,
    server: ({ group = 'service', retries = { delays: [] }, concurrency } = {}) =>
      new KafkaServer({ brokers, prefix, group, retries, concurrency }),
    client() {
      const client = new KafkaClient({ brokers, prefix, source: 'conformance' });
      opened.push(client);
      return client;
    },
    publisher,
    jobs: {
      message: (job) => messageOf(jobPosted, job, { id: uuid(), metadata: propagate(), createdAt: new Date() }),
      type: jobPosted.type,
      async postForeign(value, type) {
        const producer = rawKafka().producer({ idempotent: true, maxInFlightRequests: 1 });
        await producer.connect();
        await producer.send({ topic, messages: [{ key: 'foreign', value, headers: type ? { ce_type: type } : {} }] });
        await producer.disconnect();
      },
      async deadLetters(count, group = 'service') {
        const { heard, stop } = await hearRaw(`${topic}.${group}.dead`);
        await expect.poll(() => heard.length).toBeGreaterThanOrEqual(count);
        await stop();
        return heard.map(({ value, text }) => ({
          body: value?.toString() ?? '',
          type: text['ce_type'],
          id: text['ce_id'],
          headers: text,
        }));
      },
      async undone(group = 'service') {
        let undone = 0;
        for (const name of [topic, `${topic}.${group}.retry`]) {
          const ends = await withAdmin(rawKafka(), (admin) => admin.fetchTopicOffsets(name));
          const all = ends.reduce((sum, { high }) => sum + Number(high), 0);
          undone += all - (await committedOf(prefix + group, name));
        }
        return undone;
      },
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()));
      await withAdmin(new Kafka({ brokers, logLevel: logLevel.NOTHING }), async (admin) => {
        const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
        if (topics.length) await admin.deleteTopics({ topics });
      });
    },
  };
};

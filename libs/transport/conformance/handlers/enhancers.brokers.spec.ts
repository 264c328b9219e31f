import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { expect } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { ParcelsContract } from '@fourfold/testing/parcels';
import { enhancersSuite } from './enhancers.suite.ts';
import { KafkaClient } from '../../src/kafka/client.ts';
import { KafkaServer } from '../../src/kafka/server.ts';
import { RabbitMqClient } from '../../src/rabbitmq/client.ts';
import { RabbitMqServer } from '../../src/rabbitmq/server.ts';

abstract class ParcelsClient extends clientOf(ParcelsContract) {}
const parcelOf = (senderId: string) => ({ senderId, items: [{ articleId: 'a', quantity: 1 }] });
const prefix = `enhancers-${randomUUID()}.`;

enhancersSuite('rabbitmq', async () => {
  const url = process.env['RABBITMQ_URL']!;
  const transport = new RabbitMqClient({ url, prefix });
  return {
    servers: [new RabbitMqServer({ url, prefix })],
    async send(senderId) {
      await createClient(ParcelsClient, transport)
        .sendParcel(parcelOf(senderId))
        .catch(() => {});
    },
    close: () => transport.close(),
  };
});

enhancersSuite('kafka', async () => {
  const brokers = process.env['KAFKA_BROKERS']!.split(',');
  const transport = new KafkaClient({ brokers, prefix, source: 'enhancers' });
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const topic = `${prefix}parcels.v1.in`;
  let sent = 0;
  /** How many messages the group is done with. */
  const done = async () => {
    const [offsets] = await admin.fetchOffsets({ groupId: `${prefix}enhancers`, topics: [topic] });
    return offsets!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  };
  return {
    servers: [new KafkaServer({ brokers, prefix, group: 'enhancers', attempts: 1 })],
    async send(senderId) {
      const operation = ParcelsContract.sendParcel;
      const deadline = Date.now() + 10_000;
      await transport.send({ operation, input: parcelOf(senderId), deadline, metadata: {} });
      sent++;
      await expect.poll(() => done()).toBe(sent);
    },
    async close() {
      await admin.disconnect();
      await transport.close();
    },
  };
});

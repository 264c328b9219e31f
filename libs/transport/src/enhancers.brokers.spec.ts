import { randomUUID } from 'node:crypto';
import { OrdersContract } from '@fourfold/contracts/orders';
import kafkajs from 'kafkajs';
import { expect, vi } from 'vitest';
import { clientOf, connect } from './client.ts';
import { enhancersSuite } from './enhancers.suite.ts';
import { KafkaClient } from './kafka/client.ts';
import { KafkaServer } from './kafka/server.ts';
import { RabbitMqClient } from './rabbitmq/client.ts';
import { RabbitMqServer } from './rabbitmq/server.ts';

abstract class OrdersClient extends clientOf(OrdersContract) {}
const orderOf = (customerId: string) => ({ customerId, lines: [{ productId: 'p', quantity: 1 }] });
const prefix = `enhancers-${randomUUID()}.`;

enhancersSuite('rabbitmq', async () => {
  const url = process.env['RABBITMQ_URL']!;
  const transport = new RabbitMqClient({ url, prefix });
  return {
    servers: [new RabbitMqServer({ url, prefix })],
    async bring(customerId) {
      await connect(OrdersClient, transport)
        .placeOrder(orderOf(customerId))
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
  const topic = `${prefix}shop.orders.v1.in`;
  let brought = 0;
  /** How many messages the group is done with. */
  const done = async () => {
    const [offsets] = await admin.fetchOffsets({ groupId: `${prefix}enhancers`, topics: [topic] });
    return offsets!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  };
  return {
    servers: [new KafkaServer({ brokers, prefix, group: 'enhancers', attempts: 1 })],
    async bring(customerId) {
      const operation = OrdersContract.placeOrder;
      const deadline = Date.now() + 10_000;
      await transport.send({ operation, input: orderOf(customerId), deadline, traceparent: '' });
      brought++;
      await vi.waitFor(async () => expect(await done()).toBe(brought), { timeout: 15_000 });
    },
    async close() {
      await admin.disconnect();
      await transport.close();
    },
  };
});

import { messageOf } from '../../src/outgoing-message.ts';
import { v7 as uuid } from 'uuid';
import { propagate } from '../../src/metadata.ts';
import { RabbitMqClient } from '../../src/rabbitmq/client.ts';
import { RabbitMqPublisher } from '../../src/rabbitmq/publisher.ts';
import { RabbitMqServer } from '../../src/rabbitmq/server.ts';
import { rabbitMqUrl, raw, take } from '../rabbitmq/service.fixture.ts';
import { ConformanceContract } from '../contract.ts';
import type { Driver } from './driver.ts';

const { doJob } = ConformanceContract;
const QUEUES = Object.values(ConformanceContract).flatMap(({ bindings }) =>
  'rabbitmq' in bindings ? [bindings.rabbitmq.queue] : [],
);

export const openRabbitMq = async (url = rabbitMqUrl()): Promise<Driver> => {
  const prefix = `conformance-${uuid()}.`;
  const queue = prefix + doJob.bindings.rabbitmq.queue;
  const publisher = new RabbitMqPublisher({ url, prefix, source: 'conformance' });
  const opened: { close(): Promise<void> }[] = [publisher];
  return {
    transport: 'rabbitmq',
    prefix,
    server: ({ retries = { delays: [] }, concurrency } = {}) =>
      new RabbitMqServer({ url, prefix, retries, prefetch: concurrency }),
    client() {
      const client = new RabbitMqClient({ url, prefix });
      opened.push(client);
      return client;
    },
    publisher,
    jobs: {
      message: (job) => messageOf(doJob, job, { id: uuid(), metadata: propagate(), createdAt: new Date() }),
      type: doJob.name,
      async postForeign(body, type) {
        const { model, channel } = await raw(url);
        channel.sendToQueue(queue, Buffer.from(body), { type });
        await channel.waitForConfirms();
        await model.close();
      },
      async deadLetters(count) {
        const { model, channel } = await raw(url);
        const letters = [];
        while (letters.length < count) {
          const { content, properties } = await take(channel, `${queue}.dead`);
          const headers = Object.entries(properties.headers ?? {}).map(([name, value]) => [name, String(value)]);
          letters.push({
            body: content.toString(),
            type: properties.type,
            id: properties.messageId,
            headers: Object.fromEntries(headers),
          });
        }
        await model.close();
        return letters;
      },
      async undone() {
        const { model, channel } = await raw(url);
        const counts = [];
        for (const name of [queue, `${queue}.retry`]) counts.push((await channel.checkQueue(name)).messageCount);
        await model.close();
        return counts[0]! + counts[1]!;
      },
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()));
      const { model, channel } = await raw(url);
      for (const name of QUEUES.flatMap((each) => [each, `${each}.dead`, `${each}.retry`]))
        await channel.deleteQueue(prefix + name);
      await model.close();
    },
  };
};

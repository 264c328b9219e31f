import type { INestApplication, Provider, Type } from '@nestjs/common';
import amqp, { type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { v7 as uuid } from 'uuid';
import { afterAll, vi } from 'vitest';
import { mountApplication } from '../application.ts';
import { RabbitMqServer, type RabbitMqServerOptions } from '../../src/rabbitmq/server.ts';

/** For specs over a real RabbitMQ. */
export const rabbitMqUrl = (): string => {
  const url = process.env['RABBITMQ_URL'];
  if (!url) throw new Error('RABBITMQ_URL is not set: these specs need a RabbitMQ');
  return url;
};

/** A prefix for the queues of one spec file; they are deleted at its end. */
export const ownQueues = (...queues: string[]): string => {
  const prefix = `spec-${uuid().slice(-8)}.`;
  afterAll(async () => {
    const { model, channel } = await raw();
    for (const queue of queues) {
      await channel.deleteQueue(prefix + queue);
      await channel.deleteQueue(`${prefix}${queue}.dead`);
      await channel.deleteQueue(`${prefix}${queue}.retry`);
    }
    await model.close();
  });
  return prefix;
};

/** A channel that is not ours. */
export const raw = async (url = rabbitMqUrl()): Promise<{ model: ChannelModel; channel: ConfirmChannel }> => {
  const model = await amqp.connect(url);
  model.on('error', () => {});
  const channel = await model.createConfirmChannel();
  channel.on('error', () => {});
  return { model, channel };
};

/** What was logged. */
export const logLines: string[] = [];
const keep = (line: unknown) => void logLines.push(String(line));

/** The next message of a queue, taken out of it. */
export const take = (channel: ConfirmChannel, queue: string): Promise<GetMessage> =>
  vi.waitFor(
    async () => {
      const message = await channel.get(queue, { noAck: true });
      if (!message) throw new Error(`${queue} is empty`);
      return message;
    },
    { timeout: 10_000, interval: 20 },
  );

/** An application with its handlers mounted, not listening yet. */
export const mount = async (
  controllers: Type[],
  options: Partial<RabbitMqServerOptions> = {},
  providers: Provider[] = [],
): Promise<{ app: INestApplication; server: RabbitMqServer }> => {
  const server = new RabbitMqServer({ url: rabbitMqUrl(), ...options });
  const logger = { log: keep, warn: keep, error: keep };
  const { app } = await mountApplication(controllers, [server], { providers, logger });
  return { app, server };
};

/** The same, listening. */
export const start = async (...args: Parameters<typeof mount>): ReturnType<typeof mount> => {
  const started = await mount(...args);
  await started.server.listen();
  return started;
};

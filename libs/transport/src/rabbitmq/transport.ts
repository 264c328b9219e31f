import { EventPattern, MessagePattern, Transport as NestTransport } from '@nestjs/microservices';
import { Matches } from 'class-validator';
import { patternsOf } from '../handlers/patterns.ts';
import type { BrokerTransport, Client } from '../transport.ts';
import type { RabbitMqClientOptions } from './client.ts';

export class RabbitMqConfig {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  @Matches(/^amqps?:\/\/[^/\s]+/, { message: 'RABBITMQ_URL must be amqp://host:port' })
  RABBITMQ_URL?: string = undefined;
}

/** RabbitMQ: a queue per operation, for calls with a reply and for commands. */
export const rabbitmq: BrokerTransport<RabbitMqConfig> = {
  config: RabbitMqConfig,

  bind(operation) {
    const { name, kind, bindings } = operation;
    if (!bindings.rabbitmq) return undefined;
    if (kind === 'stream') throw new TypeError(`${name} is a stream: a call over RabbitMQ has one reply`);
    const extras = { ...bindings.rabbitmq, operation };
    const decorator =
      kind === 'command'
        ? (EventPattern<string>(name, NestTransport.RMQ, extras) as MethodDecorator)
        : MessagePattern<string>(name, NestTransport.RMQ, extras);
    return { decorator };
  },

  describe: (_, method) =>
    patternsOf(method, NestTransport.RMQ).map(({ pattern, extras }) => `${extras['queue']} (${pattern})`),

  async createServer({ RABBITMQ_URL: url }, { prefix, drainTimeout, retries, concurrency }) {
    const { RabbitMqServer } = await import('./server.ts');
    return new RabbitMqServer({ url: url!, prefix, drainTimeout, retries, prefetch: concurrency });
  },

  async createPublisher({ RABBITMQ_URL: url }, { name, prefix }) {
    const { RabbitMqPublisher } = await import('./publisher.ts');
    return new RabbitMqPublisher({ url: url!, prefix, source: name });
  },

  async isEmbedded({ RABBITMQ_URL: url }) {
    const { connect } = await import('amqplib');
    const model = await connect(url!);
    const { embedded } = model.connection.serverProperties as { embedded?: unknown };
    await model.close();
    return embedded === true; // a server property of tools/embedded-brokers
  },
};

/** Calls and commands over RabbitMQ. One connection, made when first used. */
export const rabbitMqClient = async (options: RabbitMqClientOptions): Promise<Client> => {
  const { RabbitMqClient } = await import('./client.ts');
  return new RabbitMqClient(options);
};

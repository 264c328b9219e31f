import { observe } from '../observation.ts';
import { withTimeLimit } from '../time.ts';
import type { OutgoingMessage, Publisher } from '../transport.ts';
import { RabbitMqConnection } from './connection.ts';
import { writeMetadata } from './metadata.ts';

export interface RabbitMqPublisherOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** Goes in front of every queue's name. */
  prefix?: string;
  /** The service's name: AMQP `appId`. */
  source?: string;
  /** Milliseconds that the broker gets to confirm what is published. */
  timeout?: number;
}

/** Publishes stored commands on their queues. What fails may have arrived nevertheless: publish it again, its id stays the same. */
export class RabbitMqPublisher implements Publisher {
  private readonly connection: RabbitMqConnection;
  private readonly source?: string;
  private readonly timeout: number;

  constructor({ url, prefix, source, timeout = 10_000 }: RabbitMqPublisherOptions) {
    this.source = source;
    this.timeout = timeout;
    this.connection = new RabbitMqConnection({ url, prefix });
  }

  /** Whether there is a connection; asking starts it. */
  isReady(): boolean {
    return this.connection.isReady();
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const event = messages.find(({ kind }) => kind !== 'command');
    if (event) throw new TypeError(`${event.type} is an event: RabbitMQ carries commands`);
    await withTimeLimit(Promise.all(messages.map((message) => this.send(message))), this.timeout);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async send({ id, type, destination, body, metadata, createdAt }: OutgoingMessage): Promise<void> {
    const begin = performance.now();
    await this.connection.sendCommand(destination, Buffer.from(body), {
      type,
      messageId: id,
      appId: this.source,
      contentType: 'application/json',
      timestamp: Math.floor(createdAt.getTime() / 1000),
      headers: writeMetadata(metadata),
    });
    const duration = performance.now() - begin;
    observe({ event: 'published', transport: 'rabbitmq', operation: type, place: destination, duration });
  }
}

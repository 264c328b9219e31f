import { observe } from '../observation.ts';
import { MAX_MESSAGE_BYTES, messageTooLarge } from '../errors.ts';
import type { Outcome, OutgoingMessage, Publisher } from '../transport.ts';
import { RabbitMqConnection } from './connection.ts';
import { isPermanent } from './errors.ts';
import { writeMetadata } from './metadata.ts';

export interface RabbitMqPublisherOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** Goes in front of every queue's name. */
  prefix?: string;
  /** The service's name: AMQP `appId`. */
  source?: string;
}

/** Publishes stored commands on their queues. What fails may have arrived nevertheless: publish it again, its id stays the same. */
export class RabbitMqPublisher implements Publisher {
  private readonly connection: RabbitMqConnection;
  private readonly source?: string;

  constructor({ url, prefix, source }: RabbitMqPublisherOptions) {
    this.source = source;
    this.connection = new RabbitMqConnection({ url, prefix });
  }

  /** Whether there is a connection; asking starts it. */
  isReady(): boolean {
    return this.connection.isReady();
  }

  /** Waits for the confirms as long as the connection lives: a message that is given up and repeated would be there twice. */
  async publish(messages: readonly OutgoingMessage[]): Promise<readonly Outcome[]> {
    const event = messages.find(({ kind }) => kind !== 'command');
    if (event) throw new TypeError(`${event.type} is an event: RabbitMQ carries commands`);
    const send = (message: OutgoingMessage) =>
      this.send(message).catch((error: Error) => ({ error, isFinal: isPermanent(error) }));
    return Promise.all(messages.map(send));
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async send({ id, type, destination, body, metadata, createdAt }: OutgoingMessage): Promise<undefined> {
    const begin = performance.now();
    const content = Buffer.from(body);
    if (content.length > MAX_MESSAGE_BYTES) throw messageTooLarge();
    await this.connection.sendCommand(destination, content, {
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

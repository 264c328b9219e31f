import { observe } from '../observation.ts';
import type { OutgoingMessage, Publisher } from '../transport.ts';
import type { KafkaConnection } from './connection.ts';
import { toCloudEvent } from './message.ts';
import { KafkaProducer } from './producer.ts';

export interface KafkaPublisherOptions extends KafkaConnection {
  /** The service's name: CloudEvents `source`. */
  source: string;
  /** How the brokers name this client in their logs and quotas. */
  clientId?: string;
}

/** Publishes events on their topics. What fails with UNAVAILABLE is to be published again: consumers tell by the id. */
export class KafkaPublisher implements Publisher {
  private readonly producer: KafkaProducer;
  private readonly source: string;

  constructor({ source, clientId = source, ...connection }: KafkaPublisherOptions) {
    this.producer = new KafkaProducer(connection, clientId);
    this.source = source;
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const command = messages.find(({ kind }) => kind !== 'event');
    if (command) throw new TypeError(`${command.type} is a command: Kafka carries events`);
    const begin = performance.now();
    await this.producer.send(
      messages.map((message) => ({ topic: message.destination, message: toCloudEvent(message, this.source) })),
    );
    const duration = performance.now() - begin;
    for (const { type, destination } of messages)
      observe({ event: 'published', transport: 'kafka', operation: type, place: destination, duration });
  }

  isReady(): boolean {
    return this.producer.isReady();
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

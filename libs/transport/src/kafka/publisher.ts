import type { OutgoingMessage, Publisher } from '../transport.ts';
import { toCloudEvent } from './cloud-event.ts';
import type { KafkaConnection } from './connection.ts';
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

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const command = messages.find(({ kind }) => kind !== 'event');
    if (command) return Promise.reject(new TypeError(`${command.type} is a command: Kafka carries events`));
    return this.producer.send(
      messages.map((message) => ({ topic: message.destination, message: toCloudEvent(message, this.source) })),
    );
  }

  isReady(): boolean {
    return this.producer.isReady();
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

import { observe } from '../observation.ts';
import type { Outcome, OutgoingMessage, Publisher } from '../transport.ts';
import type { KafkaConnection } from './connection.ts';
import { isPermanent } from './errors.ts';
import { toCloudEvent } from './message.ts';
import { KafkaProducer } from './producer.ts';

export interface KafkaPublisherOptions extends KafkaConnection {
  /** The service's name: CloudEvents `source`. */
  source: string;
  /** How the brokers name this client in their logs and quotas. */
  clientId?: string;
}

/** Publishes events on their topics. What fails may have arrived nevertheless: publish it again, its id stays the same. */
export class KafkaPublisher implements Publisher {
  private readonly producer: KafkaProducer;
  private readonly source: string;

  constructor({ source, clientId = source, ...connection }: KafkaPublisherOptions) {
    this.producer = new KafkaProducer(connection, clientId);
    this.source = source;
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<readonly Outcome[]> {
    const command = messages.find(({ kind }) => kind !== 'event');
    if (command) throw new TypeError(`${command.type} is a command: Kafka carries events`);
    return Promise.all(messages.map((message) => this.send(message))); // the producer sends them together
  }

  private async send(message: OutgoingMessage): Promise<Outcome> {
    const { type, destination: topic } = message;
    const begin = performance.now();
    try {
      await this.producer.send([{ topic, message: toCloudEvent(message, this.source) }]);
    } catch (thrown) {
      return { error: thrown as Error, isFinal: isPermanent(thrown) };
    }
    const duration = performance.now() - begin;
    observe({ event: 'published', transport: 'kafka', operation: type, place: topic, duration });
    return undefined;
  }

  isReady(): boolean {
    return this.producer.isReady();
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

import { Logger } from '@nestjs/common';
import { deadLetterTopicOf, retryTopicOf } from '@fourfold/contracts/dead-letters';
import type { KafkaMessage, Message } from 'kafkajs';
import type { KafkaConnection } from './connection.ts';
import { isRefusal } from './errors.ts';
import { valuesOf } from './metadata.ts';
import { KafkaProducer } from './producer.ts';

/** So often a dead letter is refused before it is sent without the headers that the message came with. */
const MAX_REFUSALS = 3;

/** Where a group puts what failed: `<topic>.<group>.retry` for later attempts, and in the end `<topic>.<group>.dead`. */
export class DeadLetters {
  private readonly logger = new Logger('kafka');
  private readonly producer: KafkaProducer;
  private readonly refusals = new WeakMap<KafkaMessage, number>();

  constructor(
    connection: KafkaConnection,
    private readonly group: string,
  ) {
    this.producer = new KafkaProducer(connection, group);
  }

  /** Resolves once Kafka has the unchanged message with `headers` added. `topic` is without prefix. */
  add(topic: string, message: KafkaMessage, headers: Record<string, string>): Promise<void> {
    const deadAt = { 'x-dead-at': new Date().toISOString() };
    return this.send(deadLetterTopicOf(topic, this.group), message, { ...deadAt, ...headers });
  }

  /** The same, for later attempts, in the same partition. */
  park(topic: string, partition: number, message: KafkaMessage, headers: Record<string, string>): Promise<void> {
    return this.send(retryTopicOf(topic, this.group), message, headers, { partition });
  }

  private async send(
    topic: string,
    message: KafkaMessage,
    headers: Record<string, string>,
    place: { partition?: number } = {},
  ): Promise<void> {
    const refusals = this.refusals.get(message) ?? 0;
    const letter = refusals < MAX_REFUSALS ? deadLetterOf(message, headers) : { ...message, headers };
    try {
      await this.producer.send([{ topic, message: { ...letter, ...place } }]);
    } catch (thrown) {
      if (isRefusal(thrown)) this.refusals.set(message, refusals + 1);
      if (refusals + 1 === MAX_REFUSALS && isRefusal(thrown))
        this.logger.error(`${headers['x-origin']}: the next attempt is without the headers that it came with`);
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

/** What marks a record in a retry topic. */
const MARKS = new Set(['x-retry-id', 'x-held', 'x-redriven-from']);

/**
 * The unchanged message with further headers, without what marked it in a retry topic. Headers without a value become empty:
 * kafkajs cannot write them.
 */
export const deadLetterOf = ({ key, value, headers }: KafkaMessage, further: Record<string, string>): Message => {
  const asTheyCame = valuesOf(headers)
    .filter(([name]) => !MARKS.has(name))
    .map(([name, values]) => {
      const written = values.map((each) => each ?? '');
      return [name, written.length > 1 ? written : (written[0] ?? '')];
    });
  return { key, value, headers: { ...Object.fromEntries(asTheyCame), ...further } };
};

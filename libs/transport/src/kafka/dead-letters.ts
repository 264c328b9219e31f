import { Logger } from '@nestjs/common';
import { deadLetterTopicOf } from '@fourfold/contracts/dead-letters';
import type { KafkaMessage, Message } from 'kafkajs';
import type { KafkaConnection } from './connection.ts';
import { isRefusal } from './errors.ts';
import { KafkaProducer } from './producer.ts';

/** So often a dead letter is refused before it is sent without the headers that the message came with. */
const MAX_REFUSALS = 3;

/** Where a group puts what it could not handle: `<topic>.<group>.dead`. */
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
  async add(topic: string, message: KafkaMessage, headers: Record<string, string>): Promise<void> {
    const refusals = this.refusals.get(message) ?? 0;
    const letter = refusals < MAX_REFUSALS ? deadLetterOf(message, headers) : { ...message, headers };
    try {
      await this.producer.send([{ topic: deadLetterTopicOf(topic, this.group), message: letter }]);
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

/** The unchanged message with further headers. Headers without a value become empty: kafkajs cannot write them. */
export const deadLetterOf = ({ key, value, headers = {} }: KafkaMessage, further: Record<string, string>): Message => {
  const asTheyCame = Object.entries(headers).map(([name, text]) => [
    name,
    Array.isArray(text) ? text.map((each) => each ?? '') : (text ?? ''),
  ]);
  return { key, value, headers: { ...Object.fromEntries(asTheyCame), ...further } };
};

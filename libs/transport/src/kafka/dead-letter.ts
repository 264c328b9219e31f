import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { KafkaMessage, Message } from 'kafkajs';
import { originOf, type Received } from './batches.ts';
import { causeOf, type KafkaConnection } from './connection.ts';
import { KafkaProducer } from './producer.ts';
import { backoff, type Failure } from '../retry.ts';
import { deadLetterTopic } from './topics.ts';

const MAX_TEXT = 1000;

/** Where a group puts what it could not handle: `<topic>.<group>.dead`. */
export class DeadLetters {
  private readonly logger = new Logger(DeadLetters.name);

  private readonly producer: KafkaProducer;

  constructor(
    connection: KafkaConnection,
    private readonly group: string,
  ) {
    this.producer = new KafkaProducer(connection, group);
  }

  /** Resolves once Kafka has it: tried until then, or until the batch is given up. `topic` is without prefix. */
  async add(topic: string, received: Received, failure: Failure): Promise<void> {
    const origin = originOf(received);
    const message = deadLetterOf(received.message, origin, failure);
    for (let count = 1; ; count++)
      try {
        await this.producer.send([{ topic: deadLetterTopic(topic, this.group), message }]);
        const { code, reason, message: text } = failure.error;
        return this.logger.warn(
          `${origin} is a dead letter after ${failure.attempts} attempts: ${code} ${reason}: ${text}`,
        );
      } catch (thrown) {
        this.logger.error(`${origin} could not become a dead letter, it is tried again: ${causeOf(thrown)}`);
        await sleep(backoff(count), undefined, { signal: received.signal });
      }
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

/** The message as it came, with what was wrong in headers. */
const deadLetterOf = (message: KafkaMessage, origin: string, { error, attempts }: Failure): Message => ({
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    'x-error-code': error.code,
    'x-error-reason': error.reason,
    'x-error-message': error.message.slice(0, MAX_TEXT),
    'x-attempts': String(attempts),
    'x-origin': origin,
  },
});

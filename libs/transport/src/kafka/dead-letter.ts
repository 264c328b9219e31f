import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { originOf, type Received } from './batches.ts';
import { causeOf, type KafkaConnection } from './connection.ts';
import { KafkaProducer } from './producer.ts';
import { backoff, type Failure } from '../retry.ts';
import { deadLetterTopic } from './topics.ts';

const MAX_TEXT = 1000;
/** So often a message is refused before it is tried with our headers alone. */
const MAX_REFUSALS = 3;

/** Where a group puts what it could not handle: `<topic>.<group>.dead`. */
export class DeadLetters {
  private readonly logger = new Logger(DeadLetters.name);

  private readonly producer: KafkaProducer;

  private readonly stuck = new Set<Received>();

  constructor(
    connection: KafkaConnection,
    private readonly group: string,
  ) {
    this.producer = new KafkaProducer(connection, group);
  }

  /** Whether there is one that Kafka did not take, and which is tried again. */
  get isStuck(): boolean {
    return this.stuck.size > 0;
  }

  /** Resolves once Kafka has it: tried until then, or until the batch is given up. `topic` is without prefix. */
  async add(topic: string, received: Received, failure: Failure): Promise<void> {
    try {
      await this.deliver(deadLetterTopic(topic, this.group), received, failure);
    } finally {
      this.stuck.delete(received);
    }
  }

  private async deliver(topic: string, received: Received, failure: Failure): Promise<void> {
    const origin = originOf(received);
    let message = deadLetterOf(received.message, origin, failure);
    for (let count = 1, refusals = 0; ; count++)
      try {
        await this.producer.send([{ topic, message }]);
        const { code, reason, message: text } = failure.error;
        return this.logger.warn(
          `${origin} is a dead letter after ${failure.attempts} attempts: ${code} ${reason}: ${text}`,
        );
      } catch (thrown) {
        this.stuck.add(received);
        this.logger.error(`${origin} could not become a dead letter, it is tried again: ${causeOf(thrown)}`);
        if (isRefusal(thrown) && ++refusals === MAX_REFUSALS) {
          message = { ...message, headers: headersOf(origin, failure) };
          this.logger.error(`${origin} is from now on tried without the headers that it came with`);
        }
        await sleep(backoff(count), undefined, { signal: received.signal });
      }
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

/** The message as it came, with what was wrong in headers. Headers without value become empty: kafkajs cannot write them. */
export const deadLetterOf = (message: KafkaMessage, origin: string, failure: Failure): Message => {
  const asTheyCame = Object.entries(message.headers ?? {}).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map((each) => each ?? '') : (value ?? ''),
  ]);
  return {
    key: message.key,
    value: message.value,
    headers: { ...Object.fromEntries(asTheyCame), ...headersOf(origin, failure) },
  };
};

const headersOf = (origin: string, { error, attempts }: Failure): IHeaders => ({
  'x-error-code': error.code,
  'x-error-reason': error.reason,
  'x-error-message': error.message.slice(0, MAX_TEXT),
  'x-attempts': String(attempts),
  'x-origin': origin,
});

/** Whether it is the message that was wrong, and not Kafka that was away: kafkajs's encoder stumbles with these errors. */
const isRefusal = (thrown: unknown): boolean => {
  if (thrown instanceof ServiceError && thrown.reason !== 'UNAVAILABLE') return true;
  if (thrown instanceof TypeError || thrown instanceof RangeError) return true;
  return thrown instanceof Error && isRefusal(thrown.cause);
};

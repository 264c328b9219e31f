import { Logger } from '@nestjs/common';
import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib';
import type { KeptChannel } from './channel.ts';
import { deadLetterQueueOf, declareDeadLetterQueue } from './queues.ts';
import type { Failure } from '../retry.ts';

const MAX_TEXT = 1000;

/** Where a queue's messages go that could not be handled: `<queue>.dead`. */
export class DeadLetters {
  private readonly logger = new Logger(DeadLetters.name);

  constructor(private readonly kept: KeptChannel) {}

  /** Resolves once the broker has the dead letter. `queue` is the name in full. */
  async add(queue: string, message: ConsumeMessage, failure: Failure, channel: ConfirmChannel): Promise<void> {
    await declareDeadLetterQueue(channel, queue); // whoever emptied it by deleting it must not lose this one
    await this.kept.publish(deadLetterQueueOf(queue), message.content, deadLetterProperties(message, failure));
    const { code, reason, message: text } = failure.error;
    this.logger.warn(
      `${queue}: ${nameOf(message)} is a dead letter after ${failure.attempts} attempts: ${code} ${reason}: ${text}`,
    );
  }
}

/** `shop.payments.v1.PaymentsService/ChargePayment 0199…`: what its sender says of it, on one line. */
const nameOf = ({ properties: { type, messageId } }: ConsumeMessage): string =>
  [type, messageId]
    .filter((one) => typeof one === 'string')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim() || 'a message without type and id';

/** The properties of the message as it came, with what was wrong in headers. */
const deadLetterProperties = ({ properties }: ConsumeMessage, { error, attempts }: Failure): Options.Publish => ({
  ...properties,
  // the broker refuses a user id that is not ours, and drops what has expired
  userId: undefined,
  expiration: undefined,
  persistent: true,
  headers: {
    ...properties.headers,
    CC: undefined, // it would be copied to the queues that are named there, again
    'x-error-code': error.code,
    'x-error-reason': error.reason,
    'x-error-message': error.message.slice(0, MAX_TEXT),
    'x-attempts': attempts,
  },
});

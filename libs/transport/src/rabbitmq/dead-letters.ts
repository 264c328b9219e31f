import { deadLetterQueueOf, retryQueueOf } from '@fourfold/contracts/dead-letters';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { ReconnectingChannel } from './channel.ts';
import { declareQueueOf } from './topology.ts';

/** Where a queue's messages go that failed: `<queue>.retry` for later attempts, and in the end `<queue>.dead`. */
export class DeadLetters {
  constructor(private readonly channel: ReconnectingChannel) {}

  /** Resolves once the broker has the unchanged message with `headers` added. `queue` is the name in full. */
  add(queue: string, message: ConsumeMessage, headers: object, current: ConfirmChannel): Promise<void> {
    return this.publish(
      deadLetterQueueOf(queue),
      message,
      { 'x-dead-at': new Date().toISOString(), ...headers },
      current,
    );
  }

  /** The same, for later attempts. */
  park(queue: string, message: ConsumeMessage, headers: object, current: ConfirmChannel): Promise<void> {
    return this.publish(retryQueueOf(queue), message, headers, current);
  }

  private async publish(
    queue: string,
    message: ConsumeMessage,
    headers: object,
    current: ConfirmChannel,
  ): Promise<void> {
    await declareQueueOf(current, queue); // somebody may have deleted it
    await this.channel.publish(queue, message.content, {
      ...message.properties,
      // the broker refuses a user id that is not ours, and drops what has expired
      userId: undefined,
      expiration: undefined,
      persistent: true,
      // it would be copied to the queues that CC names, again
      headers: { ...message.properties.headers, CC: undefined, BCC: undefined, ...headers },
    });
  }
}

import { deadLetterQueueOf } from '@fourfold/contracts/dead-letters';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { ReconnectingChannel } from './channel.ts';
import { declareDeadLetterQueue } from './topology.ts';

/** Where a queue's messages go that could not be handled: `<queue>.dead`. */
export class DeadLetters {
  constructor(private readonly channel: ReconnectingChannel) {}

  /** Resolves once the broker has the unchanged message with `headers` added. `queue` is the name in full. */
  async add(queue: string, message: ConsumeMessage, headers: object, current: ConfirmChannel): Promise<void> {
    await declareDeadLetterQueue(current, queue); // somebody may have deleted it
    await this.channel.publish(deadLetterQueueOf(queue), message.content, {
      ...message.properties,
      // the broker refuses a user id that is not ours, and drops what has expired
      userId: undefined,
      expiration: undefined,
      persistent: true,
      // it would be copied to the queues that CC names, again
      headers: { ...message.properties.headers, CC: undefined, ...headers },
    });
  }
}

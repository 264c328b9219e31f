import { deadLetterQueueOf } from '@fourfold/contracts/dead-letters';
import type { Channel } from 'amqplib';
import { QueueRefused } from './errors.ts';

/** The queue of an operation, as its contract binds it. */
export interface QueueBinding {
  queue: string;
  mode?: 'command';
}

/** Bounds crash loops: the broker gives a message up after so many deliveries. RabbitMQ 3 has no limit unless told. */
const DELIVERY_LIMIT = 20;
/** RabbitMQ 4 limits every quorum queue to 20 deliveries: looking at a dead letter that often must not lose it. */
const DEAD_LETTER_DELIVERY_LIMIT = 1_000_000;

/**
 * Declares the queue of an operation and its dead letters; resolves to the queue's name. Durable quorum queues.
 * The arguments are final: a queue that exists with others is refused (406). An expired call needs no dead letter, so calls name no exchange.
 */
export const declareQueue = async (channel: Channel, { queue, mode }: QueueBinding, prefix = ''): Promise<string> => {
  const name = prefix + queue;
  await declareDeadLetterQueue(channel, name);
  await declare(channel, name, {
    'x-delivery-limit': DELIVERY_LIMIT,
    ...(mode === 'command' && {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': deadLetterQueueOf(name),
    }),
  });
  return name;
};

/** `queue` is the name in full, with its prefix. */
export const declareDeadLetterQueue = (channel: Channel, queue: string): Promise<void> =>
  declare(channel, deadLetterQueueOf(queue), { 'x-delivery-limit': DEAD_LETTER_DELIVERY_LIMIT });

const declare = async (channel: Channel, queue: string, args: object): Promise<void> => {
  try {
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', ...args } });
  } catch (thrown) {
    const { code, message } = thrown as Error & { code?: number };
    if (code === 406)
      throw new QueueRefused(`queue ${queue} exists with other arguments: ${message}`, { cause: thrown });
    if (code === 403) throw new QueueRefused(`queue ${queue} may not be declared: ${message}`, { cause: thrown });
    throw thrown;
  }
};

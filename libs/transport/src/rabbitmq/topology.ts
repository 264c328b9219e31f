import { deadLetterQueueOf, retryQueueOf } from '@fourfold/contracts/dead-letters';
import type { Channel } from 'amqplib';
import { QueueRefused } from './errors.ts';

/** The queue of an operation, as its contract binds it. */
export interface QueueBinding {
  queue: string;
  mode?: 'command';
}

/**
 * Deliveries after which the broker gives a message up; RabbitMQ 4 counts to 20 unless told, and 3 has no limit. It also counts
 * a delivery whose connection was lost, or that a replica gave back, which says nothing about the message.
 */
const DELIVERY_LIMIT = 1_000_000;

/**
 * Declares the queue of an operation and its dead letters; resolves to the queue's name. Durable quorum queues.
 * The arguments are final: a queue that exists with others is refused (406). An expired call needs no dead letter, so calls name no exchange.
 */
export const declareQueue = async (channel: Channel, { queue, mode }: QueueBinding, prefix = ''): Promise<string> => {
  const name = prefix + queue;
  await declareQueueOf(channel, deadLetterQueueOf(name));
  return declare(channel, name, {
    'x-delivery-limit': DELIVERY_LIMIT,
    ...(mode === 'command' && {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': deadLetterQueueOf(name),
    }),
  });
};

/** Declares the queue of the commands that are tried again later; resolves to its name. */
export const declareRetryQueue = (channel: Channel, { queue }: QueueBinding, prefix = ''): Promise<string> =>
  declareQueueOf(channel, retryQueueOf(prefix + queue));

/** Declares a queue for messages that failed: for later attempts, or dead letters. */
export const declareQueueOf = (channel: Channel, name: string): Promise<string> =>
  declare(channel, name, { 'x-delivery-limit': DELIVERY_LIMIT });

/** Where callers say that they do not wait any more, each with the queue's name as routing key and the call's correlation id. */
export const cancelExchangeOf = (prefix = ''): string => `${prefix}cancelled-calls`;

/** What a client needs to be able to say it: publishing to an exchange that is missing would close the channel. */
export const declareCancelExchange = (channel: Channel, prefix?: string) =>
  channel.assertExchange(cancelExchangeOf(prefix), 'direct', { durable: true });

/** Hears of the cancelled calls of these queues, as long as the channel is open. */
export const consumeCancels = async (
  channel: Channel,
  { queues, prefix }: { queues: string[]; prefix?: string },
  onCancel: (correlationId: string) => void,
): Promise<void> => {
  await declareCancelExchange(channel, prefix);
  const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
  for (const name of queues) await channel.bindQueue(queue, cancelExchangeOf(prefix), name);
  await channel.consume(queue, (message) => onCancel(String(message?.properties.correlationId)), { noAck: true });
};

const declare = async (channel: Channel, queue: string, args: object): Promise<string> => {
  try {
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', ...args } });
    return queue;
  } catch (thrown) {
    const { code, message } = thrown as Error & { code?: number };
    if (code === 406)
      throw new QueueRefused(`queue ${queue} exists with other arguments: ${message}`, { cause: thrown });
    if (code === 403) throw new QueueRefused(`queue ${queue} may not be declared: ${message}`, { cause: thrown });
    throw thrown;
  }
};

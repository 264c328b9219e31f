import { randomBytes } from 'node:crypto';
import { preconditionFailed } from '../errors.ts';
import type { Message } from '../vhost/message.ts';
import type { ReplyConsumers } from '../vhost/vhost.ts';
import type { Deliveries } from './deliveries.ts';

/** RabbitMQ's pseudo-queue for replies without a queue: https://www.rabbitmq.com/docs/direct-reply-to */
export const REPLY_TO = 'amq.rabbitmq.reply-to';

/** Unread octets beyond which replies to a client are dropped, since replies are not acknowledged. */
const MAX_UNREAD = 16 * 1024 * 1024;

/** A channel's consumer of `amq.rabbitmq.reply-to`. */
export class ReplyTo {
  private consumer?: { tag: string; key: string };
  private readonly all: ReplyConsumers;
  private readonly deliveries: Deliveries;

  constructor(all: ReplyConsumers, deliveries: Deliveries) {
    this.all = all;
    this.deliveries = deliveries;
  }

  consume(tag: string, noAck: boolean): void {
    if (!noAck) throw preconditionFailed('reply consumer cannot acknowledge');
    if (this.consumer) throw preconditionFailed('reply consumer already set');
    const key = `${REPLY_TO}.${randomBytes(24).toString('base64url')}`;
    this.consumer = { tag, key };
    this.all.set(key, (reply) => this.deliver(reply));
  }

  /** Returns whether the tag belonged to the reply consumer. */
  cancel(tag?: string): boolean {
    if (!this.consumer || (tag !== undefined && this.consumer.tag !== tag)) return false;
    this.all.delete(this.consumer.key);
    this.consumer = undefined;
    return true;
  }

  /** The routing key that replaces the pseudo-queue's name in a request. */
  get key(): string {
    if (!this.consumer) throw preconditionFailed('fast reply consumer does not exist');
    return this.consumer.key;
  }

  private deliver(reply: Message): void {
    const { number, writer } = this.deliveries.recipient;
    if (!this.consumer || writer.unread > MAX_UNREAD) return;
    const { exchange, routingKey } = reply;
    const deliveryTag = this.deliveries.nextTag();
    const args = { consumerTag: this.consumer.tag, deliveryTag, redelivered: false, exchange, routingKey };
    writer.content(number, 'basic.deliver', args, reply);
  }
}

export const isReplyTo = (name: string): boolean => name === REPLY_TO || name.startsWith(`${REPLY_TO}.`);

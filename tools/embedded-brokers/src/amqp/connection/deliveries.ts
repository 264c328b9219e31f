import { randomBytes } from 'node:crypto';
import type { Faults } from '../../faults/faults.ts';
import { notAllowed, notImplemented, preconditionFailed } from '../errors.ts';
import type { Entry } from '../vhost/backlog.ts';
import type { Consumer } from '../vhost/consumers.ts';
import type { Message } from '../vhost/message.ts';
import type { Queue } from '../vhost/queue.ts';
import { readPriority } from '../vhost/queue-arguments.ts';
import { long } from '../wire/fields.ts';
import type { FrameWriter } from '../wire/frames.ts';
import type { Arguments } from '../wire/methods.ts';
import { withHeader } from '../wire/properties.ts';

/** Delivered and not acknowledged yet. */
interface Unsettled {
  tag: number;
  queue: Queue;
  entry: Entry;
  /** Absent if delivered by basic.get. */
  consumer?: ChannelConsumer;
}

/** What happens to unsettled messages; the names of `Queue`'s methods. */
export type Outcome = 'settle' | 'reject' | 'requeue';

export const serverNamed = (prefix: string): string => `${prefix}-${randomBytes(16).toString('base64url')}`;

/** The channel that deliveries are sent on. */
export interface Recipient {
  readonly number: number;
  readonly writer: FrameWriter;
  /** Whether the client has the capability consumer_cancel_notify. */
  readonly wantsCancel: boolean;
  readonly faults?: Faults;
  /** Called after each delivery. */
  delivered(queue: string, consumerTag: string): void;
}

/** A channel's consumers and unacknowledged deliveries (spec 1.8.3). */
export class Deliveries {
  readonly consumers = new Map<string, ChannelConsumer>();
  readonly recipient: Recipient;
  private readonly unsettled = new Map<number, Unsettled>();
  /** Queues whose next consumers go on when the channel has returned its messages. */
  private readonly abandoned = new Set<Queue>();
  private lastTag = 0;
  private prefetch = 0;
  /** For all consumers of the channel together: RabbitMQ's meaning of `global`. */
  private globalPrefetch = 0;
  private consumed = 0;

  constructor(recipient: Recipient) {
    this.recipient = recipient;
  }

  get isFull(): boolean {
    return this.globalPrefetch > 0 && this.consumed >= this.globalPrefetch;
  }

  /** basic.qos (1.8.3.1): applies to later consumers, or with `global` to the channel. */
  qos({ prefetchSize, prefetchCount, global }: Arguments<'basic.qos'>): void {
    if (prefetchSize) throw notImplemented(`prefetch_size!=0 (${prefetchSize})`);
    this.globalPrefetch = global ? prefetchCount : 0;
    if (!global) this.prefetch = prefetchCount;
    this.resume();
  }

  nextTag(): number {
    return ++this.lastTag;
  }

  expectFreeTag(tag: string): void {
    if (this.consumers.has(tag)) throw notAllowed(`attempt to reuse consumer tag '${tag}'`);
  }

  /** basic.consume (1.8.3.3). Call `queue.pump()` after consume-ok is sent. */
  consume(queue: Queue, tag: string, { noAck, exclusive, arguments: args }: Arguments<'basic.consume'>): void {
    const priority = readPriority(args, queue.title);
    if (queue.limits.quorum && this.globalPrefetch) throw notImplemented(`${queue.title} does not support global qos`);
    const prefetch = noAck ? Infinity : this.prefetch || Infinity;
    const consumer = new ChannelConsumer(this, { queue, tag, prefetch, noAck, priority });
    queue.consume(consumer, exclusive);
    this.consumers.set(tag, consumer);
  }

  /** basic.cancel (1.8.3.5): messages already delivered stay delivered. Call `pump()` on the queue after cancel-ok is sent. */
  cancel(tag: string): Queue | undefined {
    const consumer = this.consumers.get(tag);
    this.consumers.delete(tag);
    consumer?.queue.cancel(consumer);
    return consumer?.queue;
  }

  /** basic.get (1.8.3.10); false if the queue is empty. */
  get(queue: Queue, noAck: boolean): boolean {
    const entry = queue.take(noAck);
    if (!entry) return false;
    const { writer, number } = this.recipient;
    const { redelivered, message } = entry;
    const { exchange, routingKey } = message;
    const deliveryTag = this.add(queue, entry, noAck);
    const args = { deliveryTag, redelivered, exchange, routingKey, messageCount: queue.messageCount };
    writer.content(number, 'basic.get-ok', args, queue.limits.quorum ? counted(entry) : message);
    queue.pump();
    return true;
  }

  deliver(consumer: ChannelConsumer, entry: Entry): void {
    const { tag: consumerTag, queue, noAck } = consumer;
    const { message, redelivered } = entry;
    const { exchange, routingKey } = message;
    if (!noAck) {
      consumer.inFlight++;
      this.consumed++;
    }
    const deliveryTag = this.add(queue, entry, noAck, consumer);
    const { writer, number } = this.recipient;
    const args = { consumerTag, deliveryTag, redelivered, exchange, routingKey };
    writer.content(number, 'basic.deliver', args, queue.limits.quorum && entry.returns ? counted(entry) : message);
    consumer.holdFor(this.recipient.faults?.delay('amqp.delivery-delayed', queue.name) ?? 0);
    this.recipient.delivered(queue.name, consumerTag);
  }

  /** The name of the queue that an unacknowledged delivery came from. */
  queueOf(tag: number): string | undefined {
    return this.unsettled.get(tag)?.queue.name;
  }

  /** Ends a consumer that has not asked for it, with basic.cancel; what it got stays delivered. */
  withdraw(tag: string): void {
    const consumer = this.consumers.get(tag);
    if (!consumer || !this.recipient.wantsCancel) return;
    consumer.cancelled();
    consumer.queue.cancel(consumer);
    consumer.queue.pump();
  }

  /** basic.ack, basic.nack, basic.reject (1.8.3.13, 1.8.3.14). Tag 0 with `multiple` means all deliveries. */
  settle(tag: number, multiple: boolean, outcome: Outcome): void {
    if (!(multiple && tag === 0) && !this.unsettled.has(tag)) throw preconditionFailed(`unknown delivery tag ${tag}`);
    if (!multiple) return this.end([this.unsettled.get(tag)!], outcome);
    const ended: Unsettled[] = [];
    for (const delivery of this.unsettled.values())
      if (tag === 0 || delivery.tag <= tag) ended.push(delivery);
      else break;
    this.end(ended, outcome);
  }

  /** basic.recover with requeue (1.8.3.16) */
  recover(): void {
    this.end([...this.unsettled.values()], 'requeue');
  }

  cancelAll(): void {
    for (const tag of [...this.consumers.keys()]) this.abandoned.add(this.cancel(tag)!);
  }

  /** Ends with the channel, once its consumers are cancelled: returns all messages. */
  dispose(): void {
    this.recover();
    for (const queue of this.abandoned) queue.pump();
  }

  /** Continues delivering once the socket accepts more or a limit has changed. */
  resume(): void {
    for (const consumer of this.consumers.values()) {
      consumer.queue.resume(consumer);
      consumer.queue.pump();
    }
  }

  private add(queue: Queue, entry: Entry, noAck: boolean, consumer?: ChannelConsumer): number {
    const tag = this.nextTag();
    if (noAck) queue.settle(entry);
    else this.unsettled.set(tag, { tag, queue, entry, consumer });
    return tag;
  }

  private end(deliveries: Unsettled[], outcome: Outcome): void {
    const wasFull = this.isFull;
    for (const { tag, queue, consumer } of deliveries) {
      this.unsettled.delete(tag);
      if (!consumer) continue;
      this.consumed--;
      consumer.inFlight--;
      queue.resume(consumer);
    }
    if (deliveries.length > 1 && outcome !== 'settle') deliveries.sort(inOrder);
    for (const { queue, entry } of deliveries) queue[outcome](entry);
    for (const queue of new Set(deliveries.map((delivery) => delivery.queue))) queue.pump();
    if (wasFull) this.resume();
  }
}

/** RabbitMQ's order: deliveries by basic.get first, then by consumer. */
const inOrder = (a: Unsettled, b: Unsettled): number => compare(tagOf(a), tagOf(b)) || a.tag - b.tag;
const tagOf = ({ consumer }: Unsettled): string => consumer?.tag ?? '';
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The message as quorum queues deliver it: https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling */
const counted = ({ message, returns }: Entry): Message => ({
  ...message,
  properties: withHeader(message.properties, 'x-delivery-count', long(returns)),
});

type ConsumerSettings = Pick<ChannelConsumer, 'queue' | 'tag' | 'prefetch' | 'noAck' | 'priority'>;

/** One consumer of a channel. */
class ChannelConsumer implements Consumer {
  inFlight = 0;
  private isHeld = false;
  readonly queue: Queue;
  readonly tag: string;
  readonly prefetch: number;
  readonly noAck: boolean;
  readonly priority: number;
  private readonly deliveries: Deliveries;

  constructor(deliveries: Deliveries, { queue, tag, prefetch, noAck, priority }: ConsumerSettings) {
    this.deliveries = deliveries;
    this.queue = queue;
    this.tag = tag;
    this.prefetch = prefetch;
    this.noAck = noAck;
    this.priority = priority;
  }

  get ready(): boolean {
    const { writer } = this.deliveries.recipient;
    if (writer.full || writer.ended || this.isHeld) return false;
    return this.noAck || (this.inFlight < this.prefetch && !this.deliveries.isFull);
  }

  /** Gets nothing for so many milliseconds. */
  holdFor(delay: number): void {
    if (delay === 0) return;
    this.isHeld = true;
    const timer = setTimeout(() => {
      this.isHeld = false;
      this.queue.resume(this);
      this.queue.pump();
    }, delay);
    timer.unref();
  }

  deliver(entry: Entry): void {
    this.deliveries.deliver(this, entry);
  }

  cancelled(): void {
    const { consumers, recipient } = this.deliveries;
    consumers.delete(this.tag);
    const args = { consumerTag: this.tag, noWait: true };
    if (recipient.wantsCancel) recipient.writer.method(recipient.number, 'basic.cancel', args);
  }
}

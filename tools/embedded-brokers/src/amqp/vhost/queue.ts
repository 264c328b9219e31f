import { accessRefused, resourceLocked } from '../errors.ts';
import { Backlog, type Entry } from './backlog.ts';
import type { Reason } from './dead-letter.ts';
import type { Memory } from './memory.ts';
import type { Message } from './message.ts';
import { type Limits, readLimits } from './queue-arguments.ts';
import { expectQuorum, expectSame, type QueueSettings } from './queue-settings.ts';

export interface Consumer {
  /** Whether it may be sent a message now: prefetch, and whether its socket takes more. */
  readonly ready: boolean;
  deliver(entry: Entry): void;
  /** The queue is gone. */
  cancelled(): void;
}

/** What a queue stands in. */
export interface Surroundings {
  readonly name: string;
  readonly memory: Memory;
  deadLetter(message: Message, reason: Reason, queue: Queue): void;
  deleteQueue(queue: Queue): void;
}

const MAX_DELAY = 2 ** 31 - 1;
/** A quorum queue that refused publishes takes them again below this part of its limits. */
const LOW_LIMIT = 0.8;

/** Messages and consumers, and who gets which when (spec 3.1.4). */
export class Queue {
  readonly name: string;
  readonly title: string;
  readonly settings: QueueSettings;
  readonly limits: Limits;
  private readonly backlog: Backlog;
  private readonly consumers = new Set<Consumer>();
  /** Consumers that could take a message when last asked, the next one first. The others say when they can again. */
  private line: Consumer[] = [];
  private exclusiveConsumer?: Consumer;
  private readonly lent = new Set<Entry>();
  private positions = 0;
  private full = false;
  private hadConsumers = false;
  private deleted = false;
  private expiry?: { at: number; timer: NodeJS.Timeout };
  private idle?: NodeJS.Timeout;
  private readonly surroundings: Surroundings;

  constructor(settings: QueueSettings, surroundings: Surroundings) {
    this.name = settings.name;
    this.title = `queue '${settings.name}' in vhost '${surroundings.name}'`;
    this.settings = settings;
    this.surroundings = surroundings;
    this.limits = readLimits(settings.args, this.title);
    if (this.limits.quorum) expectQuorum(settings, this.title);
    this.backlog = new Backlog(this.limits.quorum);
    this.touch();
  }

  get messageCount(): number {
    return this.backlog.length;
  }

  /** A quorum queue counts in who holds a message from basic.get. */
  get consumerCount(): number {
    return this.consumers.size + this.lent.size;
  }

  /** 405 for all connections but the owner's. */
  expectAccess(connection: object): void {
    if (this.settings.owner && this.settings.owner !== connection) throw resourceLocked(this.title);
  }

  /** 405 or 406 unless a declaration is of this very queue (spec 1.7.2.1). */
  expect(settings: QueueSettings): void {
    expectSame(settings, this.settings, this.title);
    this.touch();
  }

  /** Takes a message; false where it is refused because the queue is full. */
  publish(message: Message): boolean {
    if (this.refuses(message)) return false;
    const { memory } = this.surroundings;
    memory.hold(message);
    const entry = this.entryOf(message);
    const consumer = this.backlog.length ? undefined : this.nextConsumer();
    if (consumer) this.deliver(consumer, entry);
    else this.keep(entry);
    return true;
  }

  /** The next message, for basic.get. */
  take(noAck: boolean): Entry | undefined {
    const { quorum } = this.limits;
    this.touch();
    this.expire();
    const entry = this.backlog.shift();
    if (entry && !noAck && quorum) this.lent.add(entry);
    this.trim();
    if (noAck || !quorum) this.expire(); // a quorum queue does so when it is acknowledged
    return entry;
  }

  consume(consumer: Consumer, exclusive: boolean): void {
    if (this.exclusiveConsumer || (exclusive && this.consumers.size && !this.limits.quorum))
      throw accessRefused(`${this.title} in exclusive use`);
    if (exclusive && !this.limits.quorum) this.exclusiveConsumer = consumer;
    this.hadConsumers = true;
    this.consumers.add(consumer);
    this.line.push(consumer);
    clearTimeout(this.idle);
  }

  cancel(consumer: Consumer): void {
    if (!this.consumers.delete(consumer)) return;
    this.line = this.line.filter((other) => other !== consumer);
    if (this.exclusiveConsumer === consumer) this.exclusiveConsumer = undefined;
    if (this.consumers.size) return;
    if (this.settings.autoDelete && this.hadConsumers) this.surroundings.deleteQueue(this);
    else this.touch();
  }

  /** A consumer may be able to take messages again. */
  resume(consumer: Consumer): void {
    if (this.consumers.has(consumer) && consumer.ready && !this.line.includes(consumer)) this.line.push(consumer);
  }

  /** Hands out what can be handed out. */
  pump(): void {
    this.expire();
    while (this.backlog.length) {
      const consumer = this.nextConsumer();
      if (!consumer) break;
      this.deliver(consumer, this.backlog.shift()!);
      this.expire();
    }
    this.trim();
    this.expire();
  }

  /** Acknowledged, or delivered to somebody who acknowledges nothing. */
  settle(entry: Entry): void {
    this.lent.delete(entry);
    this.surroundings.memory.release(entry.message);
  }

  /** Not wanted back: to the dead-letter exchange, if there is one. */
  reject(entry: Entry): void {
    this.discard(entry, 'rejected');
  }

  /** Puts back what was delivered. Call `pump()` after the last. */
  requeue(entry: Entry): void {
    if (this.deleted) return this.settle(entry);
    this.lent.delete(entry);
    entry.redelivered = true;
    if (++entry.returns > this.limits.deliveryLimit) return this.discard(entry, 'delivery_limit');
    this.backlog.putBack(entry);
    if (!this.limits.quorum) this.trim(); // a quorum queue hands out first
  }

  /** Returns how many messages there were. Those that are delivered stay so. */
  purge(): number {
    const count = this.backlog.length;
    for (let entry = this.backlog.shift(); entry; entry = this.backlog.shift()) this.settle(entry);
    this.trim();
    return count;
  }

  /** Ends it; call `VirtualHost.deleteQueue` instead. */
  dispose(): void {
    this.deleted = true;
    clearTimeout(this.expiry?.timer);
    clearTimeout(this.idle);
    this.purge();
    for (const consumer of this.consumers) consumer.cancelled();
    this.consumers.clear();
    this.line = [];
  }

  private entryOf(message: Message): Entry {
    const ttl = Math.min(message.ttl, this.limits.messageTtl);
    // a quorum queue gives a message without time to live one millisecond, since it cannot deliver it at once
    const expiresAt = Date.now() + (this.limits.quorum ? Math.max(ttl, 1) : ttl);
    return { message, position: this.positions++, expiresAt, redelivered: false, returns: 0 };
  }

  private refuses({ body }: Message): boolean {
    const { rejectsPublish, quorum, maxLength, maxBytes } = this.limits;
    if (!rejectsPublish) return false;
    if (quorum) return this.full;
    return this.backlog.length + 1 > maxLength || this.backlog.bytes + body.length > maxBytes;
  }

  private keep(entry: Entry): void {
    this.backlog.add(entry);
    this.trim();
    this.expire();
  }

  private deliver(consumer: Consumer, entry: Entry): void {
    consumer.deliver(entry);
    // a quorum queue lines a consumer up again when it can take more, others when they find out that it cannot
    if (this.limits.quorum && !consumer.ready) this.line = this.line.filter((other) => other !== consumer);
  }

  private nextConsumer(): Consumer | undefined {
    for (let consumer = this.line.shift(); consumer; consumer = this.line.shift())
      if (consumer.ready) {
        this.line.push(consumer);
        return consumer;
      }
    return undefined;
  }

  /** Keeps to x-max-length and x-max-length-bytes. */
  private trim(): void {
    const { maxLength, maxBytes, rejectsPublish, quorum } = this.limits;
    const over = () => this.backlog.length > maxLength || this.backlog.bytes > maxBytes;
    if (!rejectsPublish) while (over()) this.discard(this.backlog.shift()!, 'maxlen');
    else if (quorum && over()) this.full = true;
    else if (quorum && this.backlog.length <= Math.trunc(maxLength * LOW_LIMIT)) {
      if (this.backlog.bytes <= Math.trunc(maxBytes * LOW_LIMIT)) this.full = false;
    }
  }

  /** Removes expired messages from the head, and comes back when the next one expires. What stands behind it waits. */
  private expire(): void {
    const now = Date.now();
    let { head } = this.backlog;
    for (; head && head.expiresAt <= now; head = this.backlog.head) this.discard(this.backlog.shift()!, 'expired');
    if (!head || head.expiresAt === Infinity || this.deleted) return;
    if (this.expiry && this.expiry.at <= head.expiresAt) return;
    clearTimeout(this.expiry?.timer);
    const timer = setTimeout(
      () => {
        this.expiry = undefined;
        this.expire();
      },
      Math.min(head.expiresAt - now, MAX_DELAY),
    );
    this.expiry = { at: head.expiresAt, timer };
  }

  private discard(entry: Entry, reason: Reason): void {
    const { deadLetterExchange } = this.limits;
    if (deadLetterExchange !== undefined && !this.deleted) this.surroundings.deadLetter(entry.message, reason, this);
    this.settle(entry);
  }

  /** It is used: x-expires starts anew. */
  private touch(): void {
    clearTimeout(this.idle);
    if (this.limits.expires === Infinity || this.consumers.size) return;
    this.idle = setTimeout(() => this.surroundings.deleteQueue(this), Math.min(this.limits.expires, MAX_DELAY));
  }
}

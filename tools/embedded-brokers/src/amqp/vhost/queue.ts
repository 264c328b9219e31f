import { accessRefused, getUnsupported, resourceLocked } from '../errors.ts';
import { Backlog, type Entry } from './backlog.ts';
import type { Reason } from './dead-letter.ts';
import type { Memory } from './memory.ts';
import type { Message } from './message.ts';
import { type Limits, readLimits } from './queue-arguments.ts';
import { expectQuorum, expectSame, type QueueSettings } from './queue-settings.ts';

export interface Consumer {
  /** Whether it can get a message now: its prefetch is not used up and its socket accepts more. */
  readonly ready: boolean;
  /** The number of its unacknowledged messages. */
  readonly inFlight: number;
  /** Consumers of a higher priority get messages first, as long as they are ready. */
  readonly priority: number;
  deliver(entry: Entry): void;
  /** Called after the queue was deleted by queue.delete. */
  cancelled(): void;
}

/** The virtual host, as its queues see it. */
export interface Host {
  readonly name: string;
  readonly memory: Memory;
  deadLetter(message: Message, reason: Reason, queue: Queue): void;
  deleteQueue(queue: Queue): void;
}

const MAX_DELAY = 2 ** 31 - 1;
/** A full quorum queue accepts publishes again below this fraction of its limits. */
const LOW_LIMIT = 0.8;

/** A queue: holds messages and hands them to its consumers (spec 3.1.4). */
export class Queue {
  readonly name: string;
  readonly title: string;
  readonly settings: QueueSettings;
  readonly limits: Limits;
  private readonly backlog: Backlog;
  private readonly consumers = new Set<Consumer>();
  /** Consumers that are ready for a message, next one first. The others call `resume` once they are ready again. */
  private line: Consumer[] = [];
  private exclusiveConsumer?: Consumer;
  /** The only one that gets messages: https://www.rabbitmq.com/docs/consumers#single-active-consumer */
  private activeConsumer?: Consumer;
  /** Those with unacknowledged messages. */
  private readonly cancelledConsumers = new Set<Consumer>();
  private readonly unacknowledgedGets = new Set<Entry>();
  private positions = 0;
  private full = false;
  private hadConsumers = false;
  private deleted = false;
  private expiry?: { at: number; timer: NodeJS.Timeout };
  private idle?: NodeJS.Timeout;
  private readonly host: Host;

  constructor(settings: QueueSettings, host: Host) {
    this.name = settings.name;
    this.title = `queue '${settings.name}' in vhost '${host.name}'`;
    this.settings = settings;
    this.host = host;
    this.limits = readLimits(settings.args, this.title);
    if (this.limits.quorum) expectQuorum(settings, this.title);
    this.backlog = new Backlog(this.limits);
    this.touch();
  }

  get messageCount(): number {
    return this.backlog.length;
  }

  /**
   * Quorum queues also count each unacknowledged message from basic.get and cancelled consumers with unacknowledged messages,
   * and do not count those that wait to be the single active one.
   */
  get consumerCount(): number {
    const { quorum, singleActiveConsumer } = this.limits;
    if (!quorum) return this.consumers.size;
    const consumers = singleActiveConsumer ? Math.min(this.consumers.size, 1) : this.consumers.size;
    return consumers + this.cancelledConsumers.size + this.unacknowledgedGets.size;
  }

  /** Throws 405 if the queue is exclusive to another connection. */
  expectAccess(connection: object): void {
    if (this.settings.owner && this.settings.owner !== connection) throw resourceLocked(this.title);
  }

  /** Throws 405 or 406 unless a declaration matches this queue (spec 1.7.2.1). */
  expect(settings: QueueSettings): void {
    expectSame(settings, this.settings, this.title);
    this.touch();
  }

  /** Adds a message; false if it is refused because the queue is full. */
  publish(message: Message): boolean {
    if (this.isRefused(message)) return false;
    const { memory } = this.host;
    memory.hold(message);
    const entry = this.entryOf(message);
    const consumer = this.backlog.length ? undefined : this.nextConsumer();
    if (consumer) this.deliver(consumer, entry);
    else this.keep(entry);
    return true;
  }

  /** The next message, for basic.get. */
  take(noAck: boolean): Entry | undefined {
    const { quorum, singleActiveConsumer } = this.limits;
    if (quorum && singleActiveConsumer) throw getUnsupported(this.title);
    this.touch();
    this.expire();
    const entry = this.backlog.shift();
    if (entry && !noAck && quorum) this.unacknowledgedGets.add(entry);
    this.trim();
    if (noAck || !quorum) this.expire(); // a quorum queue waits for the acknowledgement
    return entry;
  }

  consume(consumer: Consumer, exclusive: boolean): void {
    const { quorum, singleActiveConsumer } = this.limits;
    if (!quorum && (this.exclusiveConsumer || (exclusive && (this.consumers.size || singleActiveConsumer))))
      throw accessRefused(`${this.title} in exclusive use`);
    if (exclusive && !quorum) this.exclusiveConsumer = consumer;
    if (singleActiveConsumer) this.activeConsumer ??= consumer;
    this.hadConsumers = true;
    this.consumers.add(consumer);
    this.lineUp(consumer);
    clearTimeout(this.idle);
  }

  /** Call `pump()` afterwards, since another consumer may have become the single active one. */
  cancel(consumer: Consumer): void {
    if (!this.consumers.delete(consumer)) return;
    if (consumer.inFlight) this.cancelledConsumers.add(consumer);
    this.line = this.line.filter((other) => other !== consumer);
    if (this.exclusiveConsumer === consumer) this.exclusiveConsumer = undefined;
    if (this.activeConsumer === consumer) this.activeConsumer = this.successor;
    if (this.consumers.size) return;
    if (this.settings.autoDelete && this.hadConsumers) this.host.deleteQueue(this);
    else this.touch();
  }

  /** Tells the queue that a consumer may be ready again. */
  resume(consumer: Consumer): void {
    if (!consumer.inFlight) this.cancelledConsumers.delete(consumer);
    if (this.consumers.has(consumer) && consumer.ready && !this.line.includes(consumer)) this.lineUp(consumer);
  }

  /** Delivers messages as long as a consumer is ready. */
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

  /** Forgets a message that was acknowledged, or delivered without acknowledgements. */
  settle(entry: Entry): void {
    this.unacknowledgedGets.delete(entry);
    this.host.memory.release(entry.message);
  }

  /** Drops a rejected message, or sends it to the dead-letter exchange if there is one. */
  reject(entry: Entry): void {
    this.discard(entry, 'rejected');
  }

  /** Puts a delivered message back. Call `pump()` after the last one. */
  requeue(entry: Entry): void {
    if (this.deleted) return this.settle(entry);
    this.unacknowledgedGets.delete(entry);
    entry.redelivered = true;
    if (++entry.returns > this.limits.deliveryLimit) return this.discard(entry, 'delivery_limit');
    this.backlog.putBack(entry);
    if (!this.limits.quorum) this.trim(); // a quorum queue delivers before it trims
  }

  /** Removes all messages that are not delivered yet and returns their number. */
  purge(): number {
    const count = this.backlog.length;
    for (let entry = this.backlog.shift(); entry; entry = this.backlog.shift()) this.settle(entry);
    this.trim();
    return count;
  }

  /** Returns the consumers it had. Only for the virtual host: others call `VirtualHost.deleteQueue`. */
  dispose(): Consumer[] {
    this.deleted = true;
    clearTimeout(this.expiry?.timer);
    clearTimeout(this.idle);
    this.purge();
    const consumers = [...this.consumers];
    this.consumers.clear();
    this.line = [];
    return consumers;
  }

  private entryOf(message: Message): Entry {
    const ttl = Math.min(message.ttl, this.limits.messageTtl);
    // in a quorum queue a TTL of 0 lasts one millisecond, since it cannot deliver at once
    const expiresAt = Date.now() + (this.limits.quorum ? Math.max(ttl, 1) : ttl);
    return { message, position: this.positions++, expiresAt, redelivered: false, returns: 0 };
  }

  private isRefused({ body }: Message): boolean {
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
    // quorum queues drop a consumer from the line as soon as it is not ready, others when its turn comes
    if (this.limits.quorum && !consumer.ready) this.line = this.line.filter((other) => other !== consumer);
  }

  /** Consumers of one priority take turns. */
  private lineUp(consumer: Consumer): void {
    const last = this.line.findLastIndex(({ priority }) => priority >= consumer.priority);
    this.line.splice(last + 1, 0, consumer);
  }

  private get successor(): Consumer | undefined {
    return [...this.consumers].toSorted((a, b) => b.priority - a.priority)[0];
  }

  private nextConsumer(): Consumer | undefined {
    if (this.limits.singleActiveConsumer) return this.activeConsumer?.ready ? this.activeConsumer : undefined;
    for (let consumer = this.line.shift(); consumer; consumer = this.line.shift())
      if (consumer.ready) {
        this.lineUp(consumer);
        return consumer;
      }
    return undefined;
  }

  /** Enforces x-max-length and x-max-length-bytes. */
  private trim(): void {
    const { maxLength, maxBytes, rejectsPublish, quorum } = this.limits;
    const over = () => this.backlog.length > maxLength || this.backlog.bytes > maxBytes;
    if (!rejectsPublish) while (over()) this.discard(this.backlog.shift()!, 'maxlen');
    else if (quorum && over()) this.full = true;
    else if (quorum && this.backlog.length <= Math.trunc(maxLength * LOW_LIMIT)) {
      if (this.backlog.bytes <= Math.trunc(maxBytes * LOW_LIMIT)) this.full = false;
    }
  }

  /** Removes expired messages from the head and sets a timer for the next one. Messages behind it wait for it. */
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
    if (deadLetterExchange !== undefined && !this.deleted) this.host.deadLetter(entry.message, reason, this);
    this.settle(entry);
  }

  /** Restarts the time of x-expires, because the queue was used. */
  private touch(): void {
    clearTimeout(this.idle);
    if (this.limits.expires === Infinity || this.consumers.size) return;
    this.idle = setTimeout(() => this.host.deleteQueue(this), Math.min(this.limits.expires, MAX_DELAY));
  }
}

import { accessRefused, getUnsupported, resourceLocked } from '../errors.ts';
import { Backlog, type Entry } from './backlog.ts';
import { type Consumer, Consumers } from './consumers.ts';
import type { Reason } from './dead-letter.ts';
import type { Memory } from './memory.ts';
import type { Message } from './message.ts';
import { type Limits, readLimits } from './queue-arguments.ts';
import { expectQuorum, expectSame, type QueueSettings } from './queue-settings.ts';

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
  private readonly consumers: Consumers;
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
    this.consumers = new Consumers(this.limits);
    this.touch();
  }

  get messageCount(): number {
    return this.backlog.length;
  }

  /** Quorum queues also count each unacknowledged message from basic.get as a consumer. */
  get consumerCount(): number {
    return this.consumers.counted + this.unacknowledgedGets.size;
  }

  /** What it still holds, in words; undefined if nothing. */
  get waiting(): string | undefined {
    const unacknowledged = this.consumers.inFlight + this.unacknowledgedGets.size;
    if (!this.messageCount && !unacknowledged) return undefined;
    return `${this.title}: ${this.messageCount} messages, ${unacknowledged} more not acknowledged`;
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
    if (this.isRefused(message)) {
      if (this.limits.deadLettersRefused) this.deadLetter(message, 'maxlen');
      return false;
    }
    const { memory } = this.host;
    memory.hold(message);
    const entry = this.entryOf(message);
    const consumer = this.backlog.length ? undefined : this.consumers.next();
    if (consumer) this.consumers.deliver(consumer, entry);
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
    if (!this.consumers.add(consumer, exclusive)) throw accessRefused(`${this.title} in exclusive use`);
    this.hadConsumers = true;
    clearTimeout(this.idle);
  }

  /** Call `pump()` afterwards, since another consumer may have become the single active one. */
  cancel(consumer: Consumer): void {
    if (!this.consumers.remove(consumer) || this.consumers.size) return;
    if (this.settings.autoDelete && this.hadConsumers) this.host.deleteQueue(this);
    else this.touch();
  }

  /** Tells the queue that a consumer may be ready again. */
  resume(consumer: Consumer): void {
    this.consumers.resume(consumer);
  }

  /** Delivers messages as long as a consumer is ready. */
  pump(): void {
    this.expire();
    while (this.backlog.length) {
      const consumer = this.consumers.next();
      if (!consumer) break;
      this.consumers.deliver(consumer, this.backlog.shift()!);
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
    return this.consumers.clear();
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
    this.deadLetter(entry.message, reason);
    this.settle(entry);
  }

  private deadLetter(message: Message, reason: Reason): void {
    if (this.limits.deadLetterExchange !== undefined && !this.deleted) this.host.deadLetter(message, reason, this);
  }

  /** Restarts the time of x-expires, because the queue was used. */
  private touch(): void {
    clearTimeout(this.idle);
    if (this.limits.expires === Infinity || this.consumers.size) return;
    this.idle = setTimeout(() => this.host.deleteQueue(this), Math.min(this.limits.expires, MAX_DELAY));
  }
}

import type { KafkaMessage } from 'kafkajs';
import { attributesOf } from '../message.ts';

/** A record of a retry topic. */
export interface ParkedRecord {
  message: KafkaMessage;
  /** Aborts when the partition is no longer ours. */
  signal: AbortSignal;
  /** It is a dead letter behind which the later records of its key wait. */
  isHeld: boolean;
}

export interface ParkedPartitionOptions {
  /** Resolves when the record is done, or is a dead letter: it is then held if later ones must wait behind it. Rejects if it stays. */
  consume(record: ParkedRecord): Promise<void>;
  /** Everything before this offset is done. */
  commit(offset: string): Promise<void>;
}

/** Records in memory; while there are more, the topic itself is not read. */
const MAX_PARKED = 10_000;
/** Milliseconds until what is done is committed. */
const COMMIT_INTERVAL = 500;

/**
 * One partition of a retry topic: the records of each key in order, as long as they wait. Which keys wait is known only
 * once the partition was read to its end.
 */
export class ParkedPartition {
  private readonly lanes = new Map<string | symbol, ParkedRecord[]>();
  /** Offsets that are not done, in order. */
  private readonly undone = new Set<string>();
  /** What was sent to the retry topic and has not come back from it. */
  private readonly inTransit = new InTransit();
  /** What is handled from the topic itself, by key. */
  private readonly handled = new Map<string, Promise<void>>();
  private readonly working = new Map<string | symbol, Promise<void>>();
  private readonly given = new AbortController();
  private onChange = Promise.withResolvers<void>();
  /** The offset after the last record that was read. */
  private next = 0n;
  /** The first offset that was not there when the partition became ours; undefined until that is known. */
  private end?: bigint;
  private committing?: NodeJS.Timeout;

  constructor(private readonly options: ParkedPartitionOptions) {}

  /** Whether records of the topic itself may be handled now. */
  get isOpen(): boolean {
    return this.isLoaded && this.undone.size + this.inTransit.size < MAX_PARKED;
  }

  /** Resolves once it is open, or no longer ours. */
  whenOpen(): Promise<void> {
    return this.until(() => this.isOpen);
  }

  /** Whether more of the retry topic may be read. */
  get hasRoom(): boolean {
    return this.undone.size < MAX_PARKED;
  }

  /** Resolves once it has room, or is no longer ours. */
  whenRoom(): Promise<void> {
    return this.until(() => this.hasRoom);
  }

  /** The group reads from `start` on; `end` is where the partition ends now. */
  load(start: bigint, end: bigint): void {
    this.end = end;
    if (start > this.next) this.next = start;
    this.changed();
  }

  isWaiting(key: string): boolean {
    return this.lanes.has(key) || this.inTransit.has(key);
  }

  /** Calls `work` for a record of the topic itself: parked ones of its key wait. */
  async handle(key: string | null, work: () => Promise<void>): Promise<void> {
    if (key === null) return work();
    const done = work();
    this.handled.set(key, done);
    try {
      await done;
    } finally {
      this.handled.delete(key);
    }
  }

  /** `send` sends a record of the topic itself to this partition: from now on later ones of its key wait. */
  async park(id: string, key: string | null, send: () => Promise<void>): Promise<void> {
    if (key === null) return send();
    this.inTransit.add(id, key);
    await send().catch((thrown: unknown) => {
      this.inTransit.delete(id);
      throw thrown;
    });
  }

  /** Records that were read, `last` is the offset of the last one. */
  read(messages: readonly KafkaMessage[], last: string): void {
    for (const message of messages) this.add(message);
    this.next = BigInt(last) + 1n;
    this.changed();
  }

  /** Nothing more is begun; resolves once what has begun ends, and is committed. */
  async close(): Promise<void> {
    this.given.abort();
    this.changed();
    await Promise.all(this.working.values());
    if (this.committing) await this.commit();
  }

  private get isLoaded(): boolean {
    return this.end !== undefined && this.next >= this.end;
  }

  private add(message: KafkaMessage): void {
    const { key, offset, headers = {} } = message;
    this.undone.add(offset);
    this.inTransit.delete(headers['x-retry-id']?.toString() ?? '');
    const laneKey = key?.toString() ?? Symbol('no key');
    const lane = this.laneOf(laneKey);
    const record = { message, signal: this.given.signal, isHeld: headers['x-held'] !== undefined };
    const held = lane.findIndex((each) => each.isHeld && isSame(each.message, message));
    if (headers['x-discarded'] !== undefined) {
      this.done(record);
      if (held >= 0) lane.splice(held, 1).forEach((each) => this.done(each));
    } else if (held >= 0) lane.splice(held, 1, record).forEach((each) => this.done(each));
    else if (record.isHeld) lane.unshift(record);
    else lane.push(record);
    if (!lane.length) this.lanes.delete(laneKey);
  }

  private laneOf(key: string | symbol): ParkedRecord[] {
    const lane = this.lanes.get(key) ?? [];
    this.lanes.set(key, lane);
    return lane;
  }

  private changed(): void {
    if (this.isLoaded || !this.hasRoom) for (const [key, lane] of this.lanes) this.begin(key, lane);
    this.tell();
  }

  private tell(): void {
    this.onChange.resolve();
    this.onChange = Promise.withResolvers();
  }

  private async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.given.signal.aborted) await this.onChange.promise;
  }

  private begin(key: string | symbol, lane: ParkedRecord[]): void {
    if (this.working.has(key) || !this.mayGoOn(lane)) return;
    const work = this.work(key, lane).finally(() => {
      this.working.delete(key);
      if (!lane.length) this.lanes.delete(key);
      this.changed();
    });
    this.working.set(key, work);
  }

  private mayGoOn(lane: ParkedRecord[]): boolean {
    return lane.length > 0 && !lane[0]!.isHeld && !this.given.signal.aborted;
  }

  private async work(key: string | symbol, lane: ParkedRecord[]): Promise<void> {
    await this.handled.get(key as string)?.catch(() => {});
    while (this.mayGoOn(lane)) {
      const record = lane[0]!;
      try {
        await this.options.consume(record);
      } catch {
        return this.given.abort(); // it stops: this record stays in the retry topic, and so do the others
      }
      if (record.isHeld) return;
      lane.shift();
      this.done(record);
    }
  }

  private done({ message }: Pick<ParkedRecord, 'message'>): void {
    this.undone.delete(message.offset);
    this.tell();
    this.commitLater();
  }

  private commitLater(): void {
    this.committing ??= setTimeout(() => void this.commit(), COMMIT_INTERVAL);
  }

  private async commit(): Promise<void> {
    clearTimeout(this.committing);
    this.committing = undefined;
    const [first] = this.undone;
    await this.options.commit(first ?? String(this.next)).catch(() => {
      if (!this.given.signal.aborted) this.commitLater(); // otherwise it is read, and handled, again
    });
  }
}

/** Keys of records by the records' ids. */
class InTransit {
  private readonly keys = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  get size(): number {
    return this.keys.size;
  }

  has(key: string): boolean {
    return this.counts.has(key);
  }

  add(id: string, key: string): void {
    this.keys.set(id, key);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  delete(id: string): void {
    const key = this.keys.get(id);
    if (key === undefined) return;
    this.keys.delete(id);
    const left = this.counts.get(key)! - 1;
    if (left) this.counts.set(key, left);
    else this.counts.delete(key);
  }
}

/** Whether a record is the same message again. */
const isSame = (one: KafkaMessage, other: KafkaMessage): boolean => {
  const [a, b] = [attributesOf(one.headers), attributesOf(other.headers)];
  return a.id !== undefined && a.id === b.id && a.source === b.source;
};

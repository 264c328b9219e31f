import { KafkaError } from '../errors.ts';
import type { TopicConfig } from '../topics/topic-config.ts';
import type { RecordBatch, TimestampedOffset } from './record-batch.ts';
import { Sequences } from './sequences.ts';

/** There is one node, so leadership never moves. */
export const LEADER_EPOCH = 0;

/** Some records of a batch are too far ahead of the broker's clock. */
export class InvalidTimestamps extends KafkaError {
  readonly indexes: readonly number[];
  readonly start: bigint;

  constructor(indexes: readonly number[], start: bigint) {
    super('INVALID_TIMESTAMP', 'One or more records have been rejected due to invalid timestamp');
    this.indexes = indexes;
    this.start = start;
  }
}

/** Bytes that a batch needs besides its content, roughly. */
const OVERHEAD = 300;

/** What a partition needs of its topic. */
interface TopicOfPartition {
  readonly name: string;
  readonly isInternal: boolean;
  readonly config: TopicConfig;
}

/** The log of one partition: batches in the order of their offsets. */
export class Partition {
  /** Of its topic, with its index: `orders-0`. */
  readonly name: string;
  readonly index: number;
  /** Whether clients may only read it. */
  readonly isInternal: boolean;
  /** The first readable offset: log start offset. */
  start = 0n;
  /** The offset of the next record; also high watermark and last stable offset, since there is no replication. */
  end = 0n;
  /** Bytes in memory. */
  size = 0;
  /** Called when there is more to read or the topic is deleted. */
  readonly listeners = new Set<() => void>();
  readonly #batches: RecordBatch[] = [];
  readonly #sequences = new Sequences();
  readonly #config: TopicConfig;

  constructor(topic: TopicOfPartition, index: number) {
    this.name = `${topic.name}-${index}`;
    this.isInternal = topic.isInternal;
    this.index = index;
    this.#config = topic.config;
  }

  /** Bytes of its batches. */
  get bytes(): number {
    return this.size - this.#batches.length * OVERHEAD;
  }

  /** `appendTime` is -1 if the producer's timestamps are kept. */
  append(batch: RecordBatch): { baseOffset: bigint; appendTime: bigint } {
    const limit = this.#config.maxMessageBytes;
    if (batch.bytes.length > limit)
      throw new KafkaError('MESSAGE_TOO_LARGE', `a batch of ${batch.bytes.length} bytes exceeds the limit of ${limit}`);
    const appendTime = this.#stamp(batch);
    const written = this.#sequences.check(batch);
    if (written) return { baseOffset: written.baseOffset, appendTime: written.timestamp }; // as Kafka does
    batch.place(this.end, LEADER_EPOCH);
    this.#sequences.add(batch);
    this.#batches.push(batch);
    this.end = batch.lastOffset + 1n;
    this.size += batch.bytes.length + OVERHEAD;
    this.wake();
    return { baseOffset: batch.baseOffset, appendTime };
  }

  /** Whole batches from `offset` on, up to `limit` bytes; with `atLeastOne` the first one whatever its size. */
  read(offset: bigint, limit: number, atLeastOne: boolean): RecordBatch[] {
    if (offset < this.start || offset > this.end)
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `${offset} is not in ${this.start}..${this.end}`);
    const found: RecordBatch[] = [];
    let size = 0;
    for (let at = this.#indexOf(offset); at < this.#batches.length; at++) {
      const batch = this.#batches[at]!;
      size += batch.bytes.length;
      if (size > limit && !(atLeastOne && found.length === 0)) break;
      found.push(batch);
    }
    return found;
  }

  /** The first record at or after `timestamp`. */
  firstSince(timestamp: bigint): TimestampedOffset | undefined {
    for (const batch of this.#batches) {
      const found = batch.firstSince(timestamp);
      if (found && found.offset >= this.start) return found;
    }
    return undefined;
  }

  /** The first record with the largest timestamp. */
  get latestRecord(): TimestampedOffset | undefined {
    const largest = this.#batches.reduce((max, { maxTimestamp }) => (maxTimestamp > max ? maxTimestamp : max), -1n);
    return this.firstSince(largest);
  }

  /** Deletes the records below `offset`; batches are freed as a whole. */
  deleteBefore(offset: bigint): void {
    if (offset < 0n || offset > this.end) throw new KafkaError('OFFSET_OUT_OF_RANGE');
    if (offset > this.start) this.start = offset;
    for (const batch of this.#batches.splice(0, this.#indexOf(this.start))) this.size -= batch.bytes.length + OVERHEAD;
  }

  /** Deletes the oldest sixteenth of the batches, at least one. */
  shrink(): void {
    const last = this.#batches[Math.ceil(this.#batches.length / 16) - 1];
    if (last) this.deleteBefore(last.lastOffset + 1n);
  }

  wake(): void {
    for (const listener of this.listeners) listener();
  }

  #stamp(batch: RecordBatch): bigint {
    const now = BigInt(Date.now());
    if (this.#config.timestampType === 'LogAppendTime') {
      batch.stamp(now);
      return now;
    }
    if (batch.maxTimestamp - now > this.#config.timestampAfterMax)
      throw new InvalidTimestamps(batch.indexesSince(now + this.#config.timestampAfterMax + 1n), this.start);
    return -1n;
  }

  /** The index of the first batch that ends at or after `offset`. */
  #indexOf(offset: bigint): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

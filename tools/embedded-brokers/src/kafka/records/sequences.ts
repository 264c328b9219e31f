import { KafkaError } from '../errors.ts';
import type { RecordBatch } from './record-batch.ts';

/** Batches remembered per producer: as many as it may have in flight. */
const KEPT_BATCHES = 5;
/** A forgotten producer may start again with any sequence, as after Kafka's producer.id.expiration.ms. */
const KEPT_PRODUCERS = 10_000;

/** A batch as it was appended. */
interface Written {
  first: number;
  last: number;
  baseOffset: bigint;
  timestamp: bigint;
}

interface Producer {
  epoch: number;
  written: Written[];
}

/** The last batches of idempotent producers in one partition (KIP-98). */
export class Sequences {
  readonly #producers = new Map<bigint, Producer>();

  /** Returns the earlier copy of a duplicate, or undefined for the next batch in sequence; throws for any other. */
  check(batch: RecordBatch): Written | undefined {
    const producer = this.#producers.get(batch.producerId);
    if (batch.producerId < 0n || !producer) return undefined;
    const { producerEpoch: epoch, baseSequence: first } = batch;
    if (epoch < producer.epoch)
      throw new KafkaError('INVALID_PRODUCER_EPOCH', `epoch ${epoch} is older than ${producer.epoch}`);
    if (epoch > producer.epoch) {
      if (first === 0) return undefined;
      throw new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', `a new epoch must start with sequence 0, not ${first}`);
    }
    const last = lastOf(batch);
    const same = producer.written.find((written) => written.first === first && written.last === last);
    if (same) return same;
    const expected = next(producer.written.at(-1)!.last);
    if (first !== expected)
      throw new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', `got sequence ${first}, expected ${expected}`);
    return undefined;
  }

  add(batch: RecordBatch): void {
    const { producerId: id, producerEpoch: epoch, baseSequence: first, baseOffset, maxTimestamp: timestamp } = batch;
    if (id < 0n) return;
    const before = this.#producers.get(id);
    const written = before?.epoch === epoch ? before.written.slice(1 - KEPT_BATCHES) : [];
    this.#producers.delete(id); // re-inserted, so that the oldest comes first
    this.#producers.set(id, { epoch, written: [...written, { first, last: lastOf(batch), baseOffset, timestamp }] });
    if (this.#producers.size > KEPT_PRODUCERS) this.#producers.delete(this.#producers.keys().next().value!);
  }
}

const lastOf = ({ baseSequence, lastOffsetDelta }: RecordBatch): number => wrap(baseSequence + lastOffsetDelta);
const next = (sequence: number): number => wrap(sequence + 1);
/** Sequences go from 2^31-1 back to 0. */
const wrap = (sequence: number): number => sequence % 2 ** 31;

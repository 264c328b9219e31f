import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { Lanes, Slots } from './lanes.ts';
import type { Place } from '../message.ts';

/** Milliseconds between heartbeats to the group while a batch is handled; what is done of it is committed as often. */
export const HEARTBEAT_INTERVAL = 1000;

/** A record of a batch. */
export interface ReceivedRecord extends Place, Pick<EachBatchPayload, 'heartbeat'> {
  /** Aborts when the batch is given up. */
  signal: AbortSignal;
}

/** The batches in progress: all share the slots; of each only what is done without a gap is committed. */
export class Batches {
  private readonly inHand = new Set<Lanes<KafkaMessage>>();
  private readonly slots: Slots;

  constructor(
    concurrency: number,
    private readonly drainTimeout: number,
    private readonly consume: (record: ReceivedRecord) => Promise<void>,
  ) {
    this.slots = new Slots(concurrency);
  }

  /** What `consumer.run({ eachBatch })` calls. */
  async handle(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, uncommittedOffsets } = payload;
    const { topic, partition, messages } = batch;
    const lanes = new Lanes(messages, {
      slots: this.slots,
      drainTimeout: this.drainTimeout,
      keyOf: ({ key }) => key?.toString() ?? null,
      handle: (message, signal) => this.consume({ message, topic, partition, heartbeat, signal }),
    });
    const resolveDone = () => lanes.done > 0 && resolveOffset(messages[lanes.done - 1]!.offset);
    let lost: unknown;
    this.inHand.add(lanes);
    while (!(await lanes.endsWithin(HEARTBEAT_INTERVAL)))
      try {
        resolveDone();
        await heartbeat(); // rejects when partitions move
        await commitOffsetsIfNecessary(uncommittedOffsets());
      } catch (thrown) {
        lost ??= thrown;
        lanes.stop();
      }
    this.inHand.delete(lanes);
    resolveDone();
    // kafkajs commits what is resolved, then joins or fetches again from there
    if (lost ?? lanes.failure) throw lost ?? lanes.failure;
  }

  stop(): void {
    for (const lanes of this.inHand) lanes.stop();
  }
}

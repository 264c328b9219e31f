import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { Lanes, Slots } from './lanes.ts';

/** How often a batch in hand tells the group that it lives, and commits what is done of it. */
export const PULSE = 1000;

/** A message, where it is, and the signal that says that its batch was given up. */
export interface Received extends Pick<EachBatchPayload, 'heartbeat'> {
  message: KafkaMessage;
  topic: string;
  partition: number;
  signal: AbortSignal;
}

/** `topic/partition/offset`. */
export const originOf = ({ topic, partition, message }: Pick<Received, 'topic' | 'partition' | 'message'>): string =>
  `${topic}/${partition}/${message.offset}`;

/** The batches in hand: all share the slots; of each only what is done without a gap is committed. */
export class Batches {
  private readonly inHand = new Set<Lanes<KafkaMessage>>();
  private readonly slots: Slots;

  constructor(
    concurrency: number,
    private readonly drainTimeout: number,
    private readonly settle: (received: Received) => Promise<void>,
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
      handle: (message, signal) => this.settle({ message, topic, partition, heartbeat, signal }),
    });
    const resolveDone = () => lanes.done > 0 && resolveOffset(messages[lanes.done - 1]!.offset);
    let lost: unknown;
    this.inHand.add(lanes);
    while (!(await lanes.endsWithin(PULSE)))
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

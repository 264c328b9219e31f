import { setTimeout as sleep } from 'node:timers/promises';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Slots } from '../../consumer/slots.ts';
import type { Place } from '../message.ts';
import { Lanes } from './lanes.ts';

/** Milliseconds between heartbeats to the group while a batch is handled; what is done of it is committed as often. */
export const HEARTBEAT_INTERVAL = 1000;
/** Milliseconds that a batch holds up the reading of other partitions. */
const PATIENCE = 5000;
/** Records in memory, after which no more are read. */
const MAX_RECORDS = 500;

/** A record of a partition. */
export interface ReceivedRecord extends Place, Pick<EachBatchPayload, 'heartbeat'> {
  /** Aborts when the record is given up. */
  signal: AbortSignal;
  /** Aborts when nothing more is begun. */
  stopping: AbortSignal;
}

export interface PartitionOptions {
  /** Shared by all partitions. */
  slots: Slots;
  drainTimeout: number;
  handle(message: KafkaMessage, signal: AbortSignal, stopping: AbortSignal): Promise<void>;
  /** Everything before this offset is done. */
  commit(offset: string): Promise<void>;
}

/** One partition of a topic, as long as it is ours: only what is done without a gap is committed. */
export class Partition {
  private readonly lanes: Lanes<KafkaMessage>;
  /** For each record, from the first one that is not committed on, the offset to commit once it is done. */
  private readonly offsets: string[] = [];
  private committed = 0;
  private isClosed = false;
  private committing = Promise.resolve();
  private isWatched = false;

  constructor(private readonly options: PartitionOptions) {
    const { slots, drainTimeout, handle } = options;
    this.lanes = new Lanes({ slots, drainTimeout, keyOf: ({ key }) => key?.toString() ?? null, handle });
  }

  /**
   * Handles a batch, with heartbeats meanwhile. Resolves before it is done if that takes long, or at once if `isStalled`: kafkajs
   * reads other partitions only then. Rejects when partitions move, or a handler breaks: kafkajs then goes on from what is committed.
   */
  async handle({ batch, heartbeat, resolveOffset, pause }: EachBatchPayload, isStalled: () => boolean): Promise<void> {
    const { messages } = batch;
    for (const [at, { offset }] of messages.entries())
      // after the last record there may be others that kafkajs does not hand out: those that end a transaction
      this.offsets.push(String(BigInt(at === messages.length - 1 ? batch.lastOffset() : offset) + 1n));
    resolveOffset(batch.lastOffset());
    this.lanes.add(messages);
    const began = performance.now();
    let lost: unknown;
    while (!(await this.lanes.endsWithin(HEARTBEAT_INTERVAL)))
      try {
        await heartbeat();
        await this.commit();
        const isSlow = isStalled() || performance.now() - began > PATIENCE;
        if (isSlow && !lost) return this.goOn(pause);
      } catch (thrown) {
        lost ??= thrown;
        this.lanes.stop();
      }
    await this.commit().catch((thrown: unknown) => void (lost ??= thrown));
    const failure = lost ?? (this.isClosed ? undefined : this.lanes.failure);
    if (failure) throw failure;
  }

  /** Begins nothing more; resolves once what has begun has ended, and is committed. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.lanes.stop();
    await this.lanes.endsWithin(this.options.drainTimeout);
    await this.commit().catch(() => {}); // it is then read, and handled, again
  }

  /** What is here goes on while other partitions are read; this one too, as long as there is room. */
  private goOn(pause: () => () => void): void {
    if (!this.isWatched) void this.watch();
    if (this.lanes.size < MAX_RECORDS) return;
    const resume = pause();
    void this.lanes.whenBelow(MAX_RECORDS).then(resume);
  }

  /** Commits what is done until all of it is, also if a commit fails: no later record may come that would try it again. */
  private async watch(): Promise<void> {
    this.isWatched = true;
    for (let isDone = false; !isDone;) {
      const hasEnded = await this.lanes.endsWithin(HEARTBEAT_INTERVAL);
      const isCommitted = await this.commit().then(
        () => true,
        () => false,
      );
      isDone = hasEnded && (isCommitted || this.isClosed);
      if (hasEnded && !isDone) await sleep(HEARTBEAT_INTERVAL);
    }
    this.isWatched = false;
  }

  private commit(): Promise<void> {
    const commit = this.committing.then(() => this.commitDone());
    this.committing = commit.catch(() => {});
    return commit;
  }

  private async commitDone(): Promise<void> {
    const count = this.lanes.done - this.committed;
    if (!count) return;
    const offset = this.offsets[count - 1]!;
    await this.options.commit(offset);
    this.offsets.splice(0, count);
    this.committed += count;
  }
}

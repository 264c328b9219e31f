import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Admin } from 'kafkajs';
import { causeOf } from '../../errors.ts';
import { backoff } from '../../time.ts';
import { ParkedPartition, type ParkedRecord } from './partition.ts';

export interface ParkedOptions {
  /** The retry topic of a topic; both in full. */
  retryTopicOf(topic: string): string;
  groupId: string;
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  consume(record: ParkedRecord, topic: string, partition: number): Promise<void>;
}

/** Commits for a partition of the group's member. */
export type Commit = (topic: string, partition: number, offset: string) => Promise<void>;

/** What waits in the retry topics of the partitions that this member has. */
export class Parked {
  private readonly logger = new Logger('kafka');
  private partitions = new Map<string, ParkedPartition>();
  private assigned = new AbortController();

  constructor(private readonly options: ParkedOptions) {}

  /** The group has given these partitions to this member; what it had before does not count any more. */
  assign(topics: readonly string[], assignment: Record<string, number[]>, commit: Commit): void {
    void this.release();
    this.assigned = new AbortController();
    for (const topic of topics) {
      const retryTopic = this.options.retryTopicOf(topic);
      const numbers = assignment[retryTopic] ?? [];
      for (const partition of numbers) this.add(topic, partition, (offset) => commit(retryTopic, partition, offset));
      if (numbers.length) void this.load(topic, retryTopic, numbers, this.assigned.signal);
    }
  }

  /** Of a topic, not of its retry topic. */
  of(topic: string, partition: number): ParkedPartition | undefined {
    return this.partitions.get(`${topic}/${partition}`);
  }

  /** Resolves once what has begun has ended; what waits stays in the retry topics. */
  async release(): Promise<void> {
    this.assigned.abort();
    const all = [...this.partitions.values()];
    this.partitions = new Map();
    await Promise.all(all.map((partition) => partition.close()));
  }

  private add(topic: string, partition: number, commit: (offset: string) => Promise<void>): void {
    const consume = (record: ParkedRecord) => this.options.consume(record, topic, partition);
    this.partitions.set(`${topic}/${partition}`, new ParkedPartition({ consume, commit }));
  }

  /** Finds out how far the retry topic must be read, before records of the topic are handled. */
  private async load(topic: string, retryTopic: string, partitions: number[], signal: AbortSignal): Promise<void> {
    for (let count = 1; !signal.aborted; count++)
      try {
        const ends = await this.endsOf(retryTopic);
        if (signal.aborted) return;
        for (const partition of partitions) this.of(topic, partition)?.load(...ends.get(partition)!);
        return;
      } catch (thrown) {
        this.logger.warn(`cannot read where ${retryTopic} ends: ${causeOf(thrown)}; retrying`);
        await sleep(backoff(count), undefined, { signal }).catch(() => {});
      }
  }

  /** By partition: where the group goes on reading, and where the partition ends now. */
  private endsOf(topic: string): Promise<Map<number, [start: bigint, end: bigint]>> {
    const { groupId } = this.options;
    return this.options.withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const offsets = new Map(committed!.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
      return new Map(
        ends.map(({ partition, low, high }) => {
          const start = offsets.get(partition) ?? -1n;
          return [partition, [start > BigInt(low) ? start : BigInt(low), BigInt(high)]];
        }),
      );
    });
  }
}

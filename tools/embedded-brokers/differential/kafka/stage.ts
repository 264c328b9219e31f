import type { Admin } from 'kafkajs';
import type { RawClient } from '../../testing/kafka/raw-client.ts';
import type { Random } from '../../src/faults/random.ts';
import type { Members } from './members.ts';

/** What the steps of one script share. All names start with `prefix`, so that scripts do not interfere. */
export interface Stage {
  readonly random: Random;
  readonly brokers: string;
  readonly prefix: string;
  readonly client: RawClient;
  readonly admin: Admin;
  readonly members: Members;
  /** Number of partitions by topic. */
  readonly topics: Map<string, number>;
  readonly producerIds: { producerId: string; sequences: Map<string, { first: number; count: number }> }[];
}

/** One or more calls: what is asked, and a function for the answer. All random choices are made before the first await. */
export type Step = (stage: Stage) => { asked: unknown; answer: () => Promise<unknown> };

/** A topic of this script, sometimes an unknown one. */
export const someTopic = ({ random, topics, prefix }: Stage): string =>
  random.chance(8) || !topics.size ? `${prefix}nowhere` : random.of([...topics.keys()]);

/** The index of a partition, which may not exist: topics have three or fewer. */
export const somePartition = ({ random }: Stage): number => random.below(random.chance(10) ? 5 : 2);

import type { Admin } from 'kafkajs';
import type { RawClient } from '../../testing/kafka/raw-client.ts';
import type { Random } from '../../testing/random.ts';
import type { Members } from './members.ts';

/** What the steps of one script share. Names start with `prefix`, so that scripts never meet. */
export interface Stage {
  readonly random: Random;
  readonly brokers: string;
  readonly prefix: string;
  readonly client: RawClient;
  readonly admin: Admin;
  readonly members: Members;
  /** With their numbers of partitions. */
  readonly topics: Map<string, number>;
  readonly producerIds: { producerId: string; sequences: Map<string, { first: number; count: number }> }[];
}

/** One call or a few: says what it asked, and how to get the answer. All random choices come before the first wait. */
export type Step = (stage: Stage) => { asked: unknown; answer: () => Promise<unknown> };

/** A topic of this script, or now and then one that is not there. */
export const someTopic = ({ random, topics, prefix }: Stage): string =>
  random.chance(8) || !topics.size ? `${prefix}nowhere` : random.of([...topics.keys()]);

/** Of three or fewer partitions, so that some are not there. */
export const somePartition = ({ random }: Stage): number => random.below(random.chance(10) ? 5 : 2);

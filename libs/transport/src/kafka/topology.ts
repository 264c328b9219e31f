import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';

export interface TopicOptions {
  /** Of topics that are created here: 3 unless said otherwise. What exists is never changed. */
  partitions?: number;
  /** -1, the default, is the cluster's own. */
  replicationFactor?: number;
}

/** For what failed: room for a message of the largest size that Kafka takes by default and the headers that say why; kept for ever. */
const FAILED_CONFIG = [
  { name: 'max.message.bytes', value: String(2 * 1024 * 1024) },
  { name: 'retention.ms', value: '-1' },
];
const LEADER_TIMEOUT = 10_000;

/** Does what takes an admin connection, and closes it. */
export const withAdmin = async <T>(kafka: Pick<Kafka, 'admin'>, work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};

/** Creates the topics that are absent. Resolves when all can be used; safe when several services start at once. */
export const ensureTopics = async (
  admin: Admin,
  names: readonly string[],
  { partitions = 3, replicationFactor = -1 }: TopicOptions = {},
): Promise<void> => {
  const existing = new Set(await admin.listTopics());
  const missing = [...new Set(names)].filter((name) => !existing.has(name));
  if (!missing.length) return;
  const topics = missing.map((topic) => ({
    topic,
    numPartitions: partitions,
    replicationFactor,
    ...(/\.(dead|retry)$/.test(topic) && { configEntries: FAILED_CONFIG }),
  }));
  await admin.createTopics({ topics, waitForLeaders: false }); // false, not a rejection, where another was faster
  await leadersOf(admin, missing);
};

/** Creates the second topic of each pair, or adds partitions to it: it has as many as the first one, which exists. */
export const ensureSamePartitions = async (
  admin: Admin,
  pairs: readonly [topic: string, other: string][],
): Promise<void> => {
  const partitionsOf = async (names: string[]) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  };
  const wanted = await partitionsOf(pairs.map(([topic]) => topic));
  for (const [topic, other] of pairs) await ensureTopics(admin, [other], { partitions: wanted.get(topic) });
  const existing = await partitionsOf(pairs.map(([, other]) => other));
  const growing = pairs.flatMap(([topic, other]) => {
    const count = wanted.get(topic)!;
    return existing.get(other)! < count ? [{ topic: other, count }] : [];
  });
  if (growing.length) await admin.createPartitions({ topicPartitions: growing });
};

/** Kafka answers before a new topic's partitions have leaders; until then, clients fail. */
const leadersOf = async (admin: Admin, names: string[]): Promise<void> => {
  const limit = Date.now() + LEADER_TIMEOUT;
  while (!(await haveLeaders(admin, names))) {
    if (Date.now() > limit) throw new Error(`no leader for every partition of ${names.join(', ')}`);
    await sleep(50);
  }
};

const haveLeaders = async (admin: Admin, names: string[]): Promise<boolean> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: names }).catch(() => ({ topics: [] }));
  return (
    topics.length === names.length && topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  );
};

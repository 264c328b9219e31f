import { setTimeout as sleep } from 'node:timers/promises';
import { someTopic, type Stage, type Step } from './stage.ts';

/** Creates the topic that every script has. */
export const firstTopic: Step = (stage) => {
  const topic = `${stage.prefix}first`;
  const count = 1 + stage.random.below(3);
  const answer = async () => {
    await stage.client['createTopics']!({ topics: [{ topic, numPartitions: count, replicationFactor: 1 }] });
    stage.topics.set(topic, count);
    return untilReady(stage, topic, count);
  };
  return { asked: { topic, count }, answer };
};

export const topicSteps: Record<string, Step> = {
  createTopic: (stage) => {
    const { random, prefix, topics, client } = stage;
    const topic = prefix + random.of(['t', 't', 'u', 'v', 'a.b', 'a_b', 'not allowed', 'long'.repeat(70)]);
    const numPartitions = random.of([1, 2, 3, 3, -1, 0]);
    const replicationFactor = random.of([1, 1, 1, -1, 2, 0]);
    const configEntries = random.of([
      ...[[], [], [], [{ name: 'no.such', value: '1' }], [{ name: 'retention.ms', value: 'long' }]],
      ...[[{ name: 'message.timestamp.type', value: 'LogAppendTime' }], [{ name: 'max.message.bytes', value: '3000' }]],
    ]);
    const validateOnly = random.chance(10);
    const wanted = { topic, numPartitions, replicationFactor, replicaAssignment: [], configEntries };
    const answer = async () => {
      await client['createTopics']!({ topics: [wanted], validateOnly });
      if (validateOnly) return 'valid';
      const count = numPartitions === -1 ? 3 : numPartitions;
      topics.set(topic, count);
      await untilReady(stage, topic, count);
      return 'created';
    };
    return { asked: { ...wanted, validateOnly }, answer };
  },

  assignTopic: (stage) => {
    const { random, prefix, topics, client } = stage;
    const topic = `${prefix}assigned-${random.below(3)}`;
    const replicaAssignment = random.list(3, (partition) => ({
      partition: partition + (random.chance(10) ? 1 : 0),
      replicas: random.chance(10) ? [7] : [1],
    }));
    const numPartitions = random.chance(10) ? 2 : -1;
    const wanted = { topic, numPartitions, replicationFactor: -1, replicaAssignment, configEntries: [] };
    const answer = async () => {
      await client['createTopics']!({ topics: [wanted] });
      topics.set(topic, replicaAssignment.length);
      return untilReady(stage, topic, replicaAssignment.length);
    };
    return { asked: wanted, answer };
  },

  createPartitions: (stage) => {
    const { random, topics, client } = stage;
    const topic = someTopic(stage);
    const count = 1 + random.below(5);
    const answer = async () => {
      await client['createPartitions']!({ topicPartitions: [{ topic, count }] });
      topics.set(topic, count);
      return untilReady(stage, topic, count);
    };
    return { asked: { topic, count }, answer };
  },

  /** Never deletes a topic that was used: kafkajs cannot handle it. */
  deleteTopic: (stage) => {
    const { random, prefix, client } = stage;
    const topic = `${prefix}for-deletion-${random.below(1000)}`;
    const isThere = random.chance(70);
    const answer = async () => {
      const wanted = { topic, numPartitions: 2, replicationFactor: 1 };
      if (isThere) await client['createTopics']!({ topics: [wanted] }).then(() => untilReady(stage, topic, 2));
      return client['deleteTopics']!({ topics: [topic] });
    };
    return { asked: { topic, isThere }, answer };
  },

  metadata: (stage) => {
    const wanted = stage.random.list(2, () => someTopic(stage));
    const answer = async () => {
      const { topicMetadata } = await stage.client['metadata']!(wanted);
      return topicMetadata.map(({ topic, partitionMetadata }: any) => [topic, partitionMetadata.length]).toSorted();
    };
    return { asked: wanted, answer };
  },

  describeConfigs: (stage) => {
    const { random, client } = stage;
    const names = ['retention.ms', 'max.message.bytes', 'message.timestamp.type', 'no.such'];
    const resource = random.of([
      { type: 2, name: someTopic(stage) },
      { type: 2, name: 'not allowed' },
      { type: 4, name: '7' },
    ]);
    const configNames = ['cleanup.policy', ...names.filter(() => random.chance(50))]; // named, since the server's own settings differ
    const asked = { resources: [{ ...resource, configNames }], includeSynonyms: random.chance(50) };
    const answer = async () => {
      const { resources } = await client['describeConfigs']!(asked);
      for (const each of resources)
        each.configEntries.sort((one: any, other: any) => (one.configName < other.configName ? -1 : 1));
      return resources;
    };
    return { asked, answer };
  },

  alterConfigs: (stage) => {
    const { random, client } = stage;
    const name = someTopic(stage);
    const entry = random.of([
      { name: 'retention.ms', value: '1000' },
      { name: 'max.message.bytes', value: '2000' },
      { name: 'no.such', value: '1' },
      { name: 'cleanup.policy', value: 'both' },
    ]);
    const asked = { resources: [{ type: 2, name, configEntries: [entry] }], validateOnly: random.chance(20) };
    return { asked, answer: () => client['alterConfigs']!(asked).finally(() => sleep(60)) };
  },

  rights: ({ admin }) => ({
    asked: {},
    answer: () =>
      admin.describeAcls({ resourceType: 2, resourcePatternType: 3, operation: 1, permissionType: 1 } as never),
  }),
};

/** Waits until every partition can be used: a real broker knows a new topic a little earlier. */
async function untilReady({ client }: Stage, topic: string, count: number): Promise<void> {
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition, timestamp: -1 }));
  for (let left = 100; left > 0; left--) {
    const asked = { replicaId: -1, isolationLevel: 0, topics: [{ topic, partitions }] };
    const isReady = await client['listOffsets']!(asked).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await sleep(20);
  }
}

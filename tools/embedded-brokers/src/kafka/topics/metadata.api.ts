import { api, type Call, CLUSTER_ID } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { LEADER_EPOCH, type Partition } from '../records/partition.ts';
import { array, boolean, int16, int32, nullable, string, uuid } from '../wire/fields.ts';
import { checkName, type Topic } from './topics.ts';

export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexible: 9,
  request: {
    topics: nullable('1+', array({ topicId: uuid('10+'), name: nullable('10+', string()) })),
    allowAutoTopicCreation: boolean('4+', true),
    includeClusterAuthorizedOperations: boolean('8-10'),
    includeTopicAuthorizedOperations: boolean('8+'),
  },
  response: {
    throttleTimeMs: int32('3+'),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: nullable(string('1+')),
    }),
    clusterId: nullable(string('2+')),
    controllerId: int32('1+', -1),
    topics: array({
      errorCode: int16(),
      name: nullable('12+', string()),
      topicId: uuid('10+'),
      isInternal: boolean('1+'),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32('7+', -1),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array('5+', int32()),
      }),
      topicAuthorizedOperations: int32('8+', -2147483648),
    }),
    clusterAuthorizedOperations: int32('8-10', -2147483648),
    errorCode: int16('13+'),
  },
  answer: ({ topics: wanted, allowAutoTopicCreation }, call) => {
    const { version, node } = call;
    const mayCreate = node.autoCreateTopics && (version < 4 || allowAutoTopicCreation);
    const isAll = wanted === null || (version === 0 && wanted.length === 0);
    return {
      brokers: [{ nodeId: node.id, host: node.host, port: node.port }],
      clusterId: CLUSTER_ID,
      controllerId: node.id,
      topics: isAll ? node.topics.all.map((topic) => describe(call, topic)) : distinct(wanted).map(answer),
    };

    function answer({ name, topicId }: Wanted) {
      const topic = attempt(() => find(call, name ?? node.topics.nameOf(topicId), mayCreate));
      return topic instanceof KafkaError ? { errorCode: codeOf(topic), name, topicId } : describe(call, topic);
    }
  },
});

interface Wanted {
  /** Null if it is given by its id. */
  name: string | null;
  topicId: string;
}

const distinct = (wanted: readonly Wanted[]): Wanted[] => [
  ...new Map(wanted.map((each) => [each.name ?? each.topicId, each])).values(),
];

function find({ node: { topics } }: Call, name: string, mayCreate: boolean): Topic {
  const topic = topics.find(name);
  if (topic) return topic;
  checkName(name);
  if (!mayCreate) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  return topics.create({ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] });
}

function describe({ node }: Call, { name, id, isInternal, partitions }: Topic) {
  const place = ({ index }: Partition) => ({
    partitionIndex: index,
    leaderId: node.id,
    leaderEpoch: LEADER_EPOCH,
    replicaNodes: [node.id],
    isrNodes: [node.id],
  });
  return { name, topicId: id, isInternal, partitions: partitions.map(place) };
}

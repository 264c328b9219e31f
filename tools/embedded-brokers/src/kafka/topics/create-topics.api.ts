import { api } from '../api.ts';
import { attempt, codeOf, KafkaError, messageOf } from '../errors.ts';
import { array, boolean, int16, int32, int8, nullable, string, tagged, uuid } from '../wire/fields.ts';
import { BY_DEFAULT, FROM_TOPIC } from './topic-config.ts';

export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexible: 5,
  request: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({ partitionIndex: int32(), brokerIds: array(int32()) }),
      configs: array({ name: string(), value: nullable(string()) }),
    }),
    timeoutMs: int32('0+', 60000),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      topicId: uuid('7+'),
      errorCode: int16(),
      errorMessage: nullable(string()),
      topicConfigErrorCode: tagged(0, int16('5+')),
      numPartitions: int32('5+', -1),
      replicationFactor: int16('5+', -1),
      configs: nullable(
        array('5+', {
          name: string(),
          value: nullable(string()),
          readOnly: boolean(),
          configSource: int8('0+', -1),
          isSensitive: boolean(),
        }),
      ),
    }),
  },
  answer: ({ topics, validateOnly }, { node }) => ({
    topics: [...Map.groupBy(topics, ({ name }) => name)].map(([name, [wanted, ...twins]]) => {
      const topic = attempt(() => {
        if (twins.length) throw new KafkaError('INVALID_REQUEST', 'Duplicate topic name.');
        return node.topics.create(wanted!, validateOnly);
      });
      if (topic instanceof KafkaError)
        return { name, errorCode: codeOf(topic), errorMessage: messageOf(topic), configs: [] };
      return {
        name,
        topicId: topic.id,
        numPartitions: topic.partitions.length,
        replicationFactor: 1,
        configs: topic.config.entries.map((entry) => ({
          name: entry.name,
          value: entry.value,
          configSource: entry.isDefault ? BY_DEFAULT : FROM_TOPIC,
        })),
      };
    }),
  }),
});

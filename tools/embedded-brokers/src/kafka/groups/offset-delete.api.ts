import { api } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { array, int16, int32, string } from '../wire/fields.ts';

export const offsetDelete = api({
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  request: {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({ partitionIndex: int32() }),
    }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({ partitionIndex: int32(), errorCode: int16() }),
    }),
  },
  answer: ({ groupId, topics: wanted }, { node: { groups, topics } }) => {
    const group = attempt(() => groups.withDeletableOffsets(groupId));
    if (group instanceof KafkaError) return { errorCode: group.code };
    return {
      topics: wanted.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          const deleted = attempt(() => {
            topics.partition(name, partitionIndex);
            if (group.isSubscribedTo(name)) throw new KafkaError('GROUP_SUBSCRIBED_TO_TOPIC');
            groups.uncommit(groupId, name, partitionIndex);
          });
          return { partitionIndex, errorCode: codeOf(deleted) };
        }),
      })),
    };
  },
});

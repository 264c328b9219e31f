import { api } from '../api.ts';
import { attempt, codeOf } from '../errors.ts';
import { array, int16, int32, int64, nullable, string, uuid } from '../wire/fields.ts';

/** The first version with ids of topics instead of names. */
const BY_ID = 10;

export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 10],
  flexible: 8,
  request: {
    groupId: string(),
    generationIdOrMemberEpoch: int32('0+', -1),
    memberId: string(),
    groupInstanceId: nullable(string('7+')),
    retentionTimeMs: int64('2-4', -1n),
    topics: array({
      name: string('0-9'),
      topicId: uuid('10+'),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32('6+', -1),
        committedMetadata: nullable(string()),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('3+'),
    topics: array({
      name: string('0-9'),
      topicId: uuid('10+'),
      partitions: array({ partitionIndex: int32(), errorCode: int16() }),
    }),
  },
  answer: (request, { version, node: { groups, topics } }) => {
    const { groupId, generationIdOrMemberEpoch: generation, memberId, groupInstanceId: instanceId } = request;
    return {
      topics: request.topics.map(({ name: given, topicId, partitions }) => ({
        name: given,
        topicId,
        partitions: partitions.map((each) => {
          const { partitionIndex, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = each;
          const committed = attempt(() => {
            const name = version >= BY_ID ? topics.nameOf(topicId) : given;
            topics.partition(name, partitionIndex);
            groups.checkCommit(groupId, { memberId, instanceId, generation });
            const metadata = each.committedMetadata ?? '';
            groups.commit(groupId, name, partitionIndex, { offset, leaderEpoch, metadata });
          });
          return { partitionIndex, errorCode: codeOf(committed) };
        }),
      })),
    };
  },
});

import { api, type Call } from '../api.ts';
import { attempt, ERRORS, KafkaError } from '../errors.ts';
import { array, boolean, int16, int32, int64, nullable, string, uuid } from '../wire/fields.ts';
import type { Committed } from './groups.ts';

const NOTHING: Committed = { offset: -1n, leaderEpoch: -1, metadata: '' };
/** The first version with several groups in one request. */
const OF_GROUPS = 8;
/** The first version with ids of topics instead of names. */
const BY_ID = 10;

export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 10],
  flexible: 6,
  request: {
    groupId: string('0-7'),
    topics: nullable('2-7', array('0-7', { name: string(), partitionIndexes: array(int32()) })),
    groups: array('8+', {
      groupId: string(),
      memberId: nullable(string('9+')),
      memberEpoch: int32('9+', -1),
      topics: nullable(
        array({
          name: string('8-9'),
          topicId: uuid('10+'),
          partitionIndexes: array(int32()),
        }),
      ),
    }),
    requireStable: boolean('7+'),
  },
  response: {
    throttleTimeMs: int32('3+'),
    topics: array('0-7', {
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32('5-7', -1),
        metadata: nullable(string()),
        errorCode: int16(),
      }),
    }),
    errorCode: int16('2-7'),
    groups: array('8+', {
      groupId: string(),
      topics: array({
        name: string('8-9'),
        topicId: uuid('10+'),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32('0+', -1),
          metadata: nullable(string()),
          errorCode: int16(),
        }),
      }),
      errorCode: int16(),
    }),
  },
  answer: ({ groupId, topics, groups }, call) => {
    if (call.version < OF_GROUPS) return { topics: committedIn(call, groupId, topics) };
    return {
      groups: groups.map((group) => ({
        groupId: group.groupId,
        topics: committedIn(call, group.groupId, group.topics),
      })),
    };
  },
});

interface Wanted {
  name: string;
  topicId?: string;
  partitionIndexes: number[];
}

/** Of all topics if `wanted` is null. */
function committedIn({ version, node }: Call, groupId: string, wanted: Wanted[] | null) {
  const committed = node.groups.committed(groupId);
  const all = () =>
    [...committed].map(([name, partitions]) => ({
      name,
      topicId: node.topics.find(name)!.id,
      partitionIndexes: [...partitions.keys()],
    }));
  return (wanted ?? all()).map(({ name: given, topicId, partitionIndexes }) => {
    const name = version >= BY_ID ? attempt(() => node.topics.nameOf(topicId!)) : given;
    const errorCode = name instanceof KafkaError ? name.code : ERRORS.NONE;
    const ofTopic = name instanceof KafkaError ? undefined : committed.get(name);
    const partitions = partitionIndexes.map((partitionIndex) => {
      const { offset, leaderEpoch, metadata } = ofTopic?.get(partitionIndex) ?? NOTHING;
      return { partitionIndex, committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata, errorCode };
    });
    return { name: given, topicId, partitions };
  });
}

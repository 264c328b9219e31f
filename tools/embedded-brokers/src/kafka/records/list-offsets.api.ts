import { api, type Call } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { array, int16, int32, int64, int8, string } from '../wire/fields.ts';
import { LEADER_EPOCH, type Partition } from './partition.ts';
import type { TimestampedOffset } from './record-batch.ts';

const NOWHERE: TimestampedOffset = { offset: -1n, timestamp: -1n };

interface Special {
  /** The first version that knows it. */
  since: number;
  find(partition: Partition): TimestampedOffset;
}

/** Negative timestamps, which stand for places. */
const SPECIAL: ReadonlyMap<bigint, Special> = new Map<bigint, Special>([
  [-1n, { since: 0, find: ({ end }) => ({ offset: end, timestamp: -1n }) }], // the latest
  [-2n, { since: 0, find: ({ start }) => ({ offset: start, timestamp: -1n }) }], // the earliest
  [-3n, { since: 7, find: (partition) => partition.latestRecord ?? NOWHERE }], // the record with the largest timestamp
  [-4n, { since: 8, find: ({ start }) => ({ offset: start, timestamp: -1n }) }], // the earliest on this node
  [-5n, { since: 9, find: () => NOWHERE }], // the latest in a remote store, of which there is none
  [-6n, { since: 11, find: () => NOWHERE }], // the earliest that waits for one
]);

export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 11],
  flexible: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8('2+'),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32('4+', -1),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32('10+'),
  },
  response: {
    throttleTimeMs: int32('2+'),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64('0+', -1n),
        offset: int64('0+', -1n),
        leaderEpoch: int32('4+', -1),
      }),
    }),
  },
  answer: ({ topics }, call) => {
    const asked = topics.flatMap(({ name, partitions }) => partitions.map((each) => `${name} ${each.partitionIndex}`));
    const isTwice = (place: string) => asked.indexOf(place) !== asked.lastIndexOf(place);
    const answer = (name: string, wanted: Wanted) => {
      const { partitionIndex } = wanted;
      const found = attempt(() => {
        if (isTwice(`${name} ${partitionIndex}`)) throw new KafkaError('INVALID_REQUEST');
        return find(call, name, wanted);
      });
      const { offset, timestamp } = found instanceof KafkaError ? NOWHERE : found;
      const leaderEpoch = offset < 0n ? -1 : LEADER_EPOCH;
      return { partitionIndex, errorCode: codeOf(found), timestamp, offset, leaderEpoch };
    };
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((wanted) => answer(name, wanted)),
      })),
    };
  },
});

interface Wanted {
  partitionIndex: number;
  currentLeaderEpoch: number;
  timestamp: bigint;
}

function find({ version, node: { topics } }: Call, name: string, wanted: Wanted): TimestampedOffset {
  const { partitionIndex, currentLeaderEpoch, timestamp } = wanted;
  const special = SPECIAL.get(timestamp);
  if (timestamp < 0n && (!special || version < special.since)) throw new KafkaError('UNSUPPORTED_VERSION');
  const partition = topics.partition(name, partitionIndex);
  if (currentLeaderEpoch > LEADER_EPOCH) throw new KafkaError('UNKNOWN_LEADER_EPOCH');
  return special ? special.find(partition) : (partition.firstSince(timestamp) ?? NOWHERE);
}

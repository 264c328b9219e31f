import { api, type Call } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { array, int16, int32, int64, int8, string } from '../wire/fields.ts';
import { LEADER_EPOCH } from './partition.ts';
import type { TimestampedOffset } from './record-batch.ts';

const LATEST = -1n;
const EARLIEST = -2n;
const NOWHERE: TimestampedOffset = { offset: -1n, timestamp: -1n };

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
    const answer = (name: string, partitionIndex: number, wanted: bigint) => {
      const found = attempt(() => {
        if (isTwice(`${name} ${partitionIndex}`)) throw new KafkaError('INVALID_REQUEST');
        return find(call, name, partitionIndex, wanted);
      });
      const { offset, timestamp } = found instanceof KafkaError ? NOWHERE : found;
      const leaderEpoch = offset < 0n ? -1 : LEADER_EPOCH;
      return { partitionIndex, errorCode: codeOf(found), timestamp, offset, leaderEpoch };
    };
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => answer(name, partitionIndex, timestamp)),
      })),
    };
  },
});

function find({ node: { topics } }: Call, name: string, index: number, timestamp: bigint): TimestampedOffset {
  const partition = topics.partition(name, index);
  if (timestamp === LATEST) return { offset: partition.end, timestamp: -1n };
  if (timestamp === EARLIEST) return { offset: partition.start, timestamp: -1n };
  if (timestamp < 0n) throw new KafkaError('UNSUPPORTED_VERSION');
  return partition.firstSince(timestamp) ?? NOWHERE;
}

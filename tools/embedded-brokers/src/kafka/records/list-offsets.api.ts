import { type Api, type Call, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { Writer } from '../wire/writer.ts';
import { LEADER_EPOCH } from './partition.ts';
import type { TimestampedOffset } from './record-batch.ts';

const LATEST = -1n;
const EARLIEST = -2n;
const NOWHERE: TimestampedOffset = { offset: -1n, timestamp: -1n };

/*
  ListOffsets Request (Version: 1-5) => replica_id isolation_level [topics]
    replica_id => INT32
    isolation_level => INT8                                    (2+)
    topics => name [partitions]
      name => STRING
      partitions => partition_index current_leader_epoch timestamp
        partition_index => INT32
        current_leader_epoch => INT32                          (4+)
        timestamp => INT64                                     (-1: the end, -2: the start)

  ListOffsets Response (Version: 1-5) => throttle_time_ms [topics]
    throttle_time_ms => INT32                                  (2+)
    topics => name [partitions]
      name => STRING
      partitions => partition_index error_code timestamp offset leader_epoch
        partition_index => INT32
        error_code => INT16
        timestamp => INT64
        offset => INT64                                        (-1: no record at or after it)
        leader_epoch => INT32                                  (4+)
*/
export const listOffsets: Api = {
  key: 2,
  name: 'ListOffsets',
  versions: [1, 5],
  answer: (request, call) => {
    const { version } = call;
    request.int32();
    if (version >= 2) request.int8();
    const topics = request.array((topic) => ({
      name: topic.string(),
      partitions: topic.array((partition) => {
        const index = partition.int32();
        if (version >= 4) partition.int32();
        return { index, timestamp: partition.int64() };
      }),
    }));
    const asked = topics.flatMap(({ name, partitions }) => partitions.map(({ index }) => `${name} ${index}`));
    const isTwice = (place: string) => asked.indexOf(place) !== asked.lastIndexOf(place);
    return new Writer()
      .when(version >= 2, (w) => w.int32(NO_THROTTLE))
      .array(topics, (w, { name, partitions }) =>
        w.string(name).array(partitions, (_, { index, timestamp }) => {
          const found = attempt(() => {
            if (isTwice(`${name} ${index}`)) throw new KafkaError('INVALID_REQUEST');
            return find(call, name, index, timestamp);
          });
          const { offset, timestamp: time } = found instanceof KafkaError ? NOWHERE : found;
          w.int32(index).int16(codeOf(found)).int64(time).int64(offset);
          w.when(version >= 4, () => w.int32(offset < 0n ? -1 : LEADER_EPOCH));
        }),
      );
  },
};

function find({ node: { topics } }: Call, name: string, index: number, timestamp: bigint): TimestampedOffset {
  const partition = topics.partition(name, index);
  if (timestamp === LATEST) return { offset: partition.end, timestamp: -1n };
  if (timestamp === EARLIEST) return { offset: partition.start, timestamp: -1n };
  if (timestamp < 0n) throw new KafkaError('UNSUPPORTED_VERSION');
  return partition.firstSince(timestamp) ?? NOWHERE;
}

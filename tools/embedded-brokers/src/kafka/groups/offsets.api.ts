import { type Api, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, ERRORS } from '../errors.ts';
import { Writer } from '../wire/writer.ts';
import type { Committed } from './groups.ts';

const NOTHING: Committed = { offset: -1n, leaderEpoch: -1, metadata: '' };

/*
  OffsetCommit Request (Version: 2-6) => group_id generation_id member_id retention_time_ms [topics]
    group_id => STRING
    generation_id => INT32                                     (-1: from no member)
    member_id => STRING
    retention_time_ms => INT64                                 (2-4)
    topics => name [partitions]
      name => STRING
      partitions => partition_index committed_offset committed_leader_epoch committed_metadata
        partition_index => INT32
        committed_offset => INT64
        committed_leader_epoch => INT32                        (6)
        committed_metadata => NULLABLE_STRING

  OffsetCommit Response (Version: 2-6) => throttle_time_ms [topics]
    throttle_time_ms => INT32                                  (3+)
    topics => name [partitions]
      name => STRING
      partitions => partition_index error_code
        partition_index => INT32
        error_code => INT16
*/
export const offsetCommit: Api = {
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 6],
  answer: (request, { version, node: { groups, topics } }) => {
    const groupId = request.string();
    const generation = request.int32();
    const memberId = request.string();
    if (version <= 4) request.int64();
    const wanted = request.array((topic) => ({
      name: topic.string(),
      partitions: topic.array((partition) => ({
        index: partition.int32(),
        offset: partition.int64(),
        leaderEpoch: version >= 6 ? partition.int32() : -1,
        metadata: partition.nullableString() ?? '',
      })),
    }));
    return new Writer()
      .when(version >= 3, (w) => w.int32(NO_THROTTLE))
      .array(wanted, (w, { name, partitions }) =>
        w.string(name).array(partitions, (_, { index, ...committed }) => {
          const done = attempt(() => {
            topics.partition(name, index);
            groups.checkCommit(groupId, memberId, generation);
            groups.commit(groupId, name, index, committed);
          });
          w.int32(index).int16(codeOf(done));
        }),
      );
  },
};

/*
  OffsetFetch Request (Version: 1-5) => group_id [topics]
    group_id => STRING
    topics => name [partition_indexes]                         (nullable in 2+: all)
      name => STRING
      partition_indexes => INT32

  OffsetFetch Response (Version: 1-5) => throttle_time_ms [topics] error_code
    throttle_time_ms => INT32                                  (3+)
    topics => name [partitions]
      name => STRING
      partitions => partition_index committed_offset committed_leader_epoch metadata error_code
        partition_index => INT32
        committed_offset => INT64                              (-1: none)
        committed_leader_epoch => INT32                        (5)
        metadata => NULLABLE_STRING
        error_code => INT16
    error_code => INT16                                        (2+)
*/
export const offsetFetch: Api = {
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 5],
  answer: (request, { version, node: { groups } }) => {
    const committed = groups.committed(request.string());
    const all = [...committed].map(([name, partitions]) => ({ name, indexes: [...partitions.keys()] }));
    const wanted = request.nullableArray((topic) => ({
      name: topic.string(),
      indexes: topic.array((index) => index.int32()),
    }));
    return new Writer()
      .when(version >= 3, (w) => w.int32(NO_THROTTLE))
      .array(wanted ?? all, (w, { name, indexes }) =>
        w.string(name).array(indexes, (_, index) => {
          const { offset, leaderEpoch, metadata } = committed.get(name)?.get(index) ?? NOTHING;
          w.int32(index).int64(offset);
          w.when(version >= 5, () => w.int32(leaderEpoch));
          w.string(metadata).int16(ERRORS.NONE);
        }),
      )
      .when(version >= 2, (w) => w.int16(ERRORS.NONE));
  },
};

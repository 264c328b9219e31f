import { type Api, type Call, NO_THROTTLE } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { Writer } from '../wire/writer.ts';

/** Transactions are not supported: all their requests are answered with UNSUPPORTED_VERSION. */
const refused = ({ refuse }: Call): number => {
  refuse('transactions');
  return ERRORS.UNSUPPORTED_VERSION;
};

/*
  AddPartitionsToTxn Request (Version: 0-2) => transactional_id producer_id producer_epoch [topics]
    transactional_id => STRING
    producer_id => INT64
    producer_epoch => INT16
    topics => name [partitions]
      name => STRING
      partitions => INT32

  AddPartitionsToTxn Response (Version: 0-2) => throttle_time_ms [results_by_topic]
    throttle_time_ms => INT32
    results_by_topic => name [results_by_partition]
      name => STRING
      results_by_partition => partition_index partition_error_code
        partition_index => INT32
        partition_error_code => INT16
*/
export const addPartitionsToTxn: Api = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 2],
  answer: (request, call) => {
    request.string();
    request.int64();
    request.int16();
    const topics = request.array((topic) => ({ name: topic.string(), indexes: topic.array((index) => index.int32()) }));
    const code = refused(call);
    return new Writer().int32(NO_THROTTLE).array(topics, (w, { name, indexes }) => {
      w.string(name).array(indexes, (_, index) => w.int32(index).int16(code));
    });
  },
};

/*
  AddOffsetsToTxn Request (Version: 0-2) => transactional_id producer_id producer_epoch group_id
  EndTxn Request (Version: 0-2) => transactional_id producer_id producer_epoch committed

  AddOffsetsToTxn, EndTxn Response (Version: 0-2) => throttle_time_ms error_code
    throttle_time_ms => INT32
    error_code => INT16
*/
export const addOffsetsToTxn: Api = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 2],
  answer: (_request, call) => new Writer().int32(NO_THROTTLE).int16(refused(call)),
};
export const endTxn: Api = { ...addOffsetsToTxn, key: 26, name: 'EndTxn' };

/*
  TxnOffsetCommit Request (Version: 0-2) => transactional_id group_id producer_id producer_epoch [topics]
    transactional_id => STRING
    group_id => STRING
    producer_id => INT64
    producer_epoch => INT16
    topics => name [partitions]
      name => STRING
      partitions => partition_index committed_offset committed_leader_epoch committed_metadata
        partition_index => INT32
        committed_offset => INT64
        committed_leader_epoch => INT32                        (2)
        committed_metadata => NULLABLE_STRING

  TxnOffsetCommit Response (Version: 0-2) => throttle_time_ms [topics]
    throttle_time_ms => INT32
    topics => name [partitions]
      name => STRING
      partitions => partition_index error_code
        partition_index => INT32
        error_code => INT16
*/
export const txnOffsetCommit: Api = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 2],
  answer: (request, call) => {
    request.string();
    request.string();
    request.int64();
    request.int16();
    const topics = request.array((topic) => ({
      name: topic.string(),
      indexes: topic.array((partition) => {
        const index = partition.int32();
        partition.int64();
        if (call.version >= 2) partition.int32();
        partition.nullableString();
        return index;
      }),
    }));
    const code = refused(call);
    return new Writer().int32(NO_THROTTLE).array(topics, (w, { name, indexes }) => {
      w.string(name).array(indexes, (_, index) => w.int32(index).int16(code));
    });
  },
};

import { type Api, type Call, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, HangUp, KafkaError, messageOf } from '../errors.ts';
import type { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { RecordBatch, ZSTD } from './record-batch.ts';

interface Request {
  transactionalId: string | null;
  acks: number;
  topics: { name: string; partitions: { index: number; records: Buffer | null }[] }[];
}

/** The position of an appended batch. */
interface Appended {
  baseOffset: bigint;
  appendTime: bigint;
  start: bigint;
}

const NOWHERE: Appended = { baseOffset: -1n, appendTime: -1n, start: -1n };

/*
  Produce Response (Version: 3-8) => [responses] throttle_time_ms
    responses => name [partition_responses]
      name => STRING
      partition_responses => index error_code base_offset log_append_time_ms log_start_offset [record_errors]
                             error_message
        index => INT32
        error_code => INT16
        base_offset => INT64
        log_append_time_ms => INT64                            (-1: the timestamps are the producer's)
        log_start_offset => INT64                              (5+)
        record_errors => batch_index batch_index_error_message (8)
        error_message => NULLABLE_STRING                       (8)
    throttle_time_ms => INT32
*/
export const produce: Api = {
  key: 0,
  name: 'Produce',
  versions: [3, 8],
  answer: (request, call) => {
    const { version } = call;
    const { acks, transactionalId, topics } = readRequest(request);
    if (transactionalId !== null) call.refuse('transactions');
    let failure: KafkaError | undefined;
    const answer = new Writer()
      .array(topics, (w, { name, partitions }) =>
        w.string(name).array(partitions, (_, { index, records }) => {
          const result = attempt(() => append(call, { acks, name, index, records }));
          if (result instanceof KafkaError) failure = result;
          const { baseOffset, appendTime, start } = result instanceof KafkaError ? NOWHERE : result;
          w.int32(index).int16(codeOf(result)).int64(baseOffset).int64(appendTime);
          w.when(version >= 5, () => w.int64(start));
          w.when(version >= 8, () => w.array([], () => undefined).string(messageOf(result)));
        }),
      )
      .int32(NO_THROTTLE);
    if (acks !== 0) return answer;
    // the only way to tell a producer that reads no answers; Kafka does the same
    if (failure) throw new HangUp(`a message sent without acks was refused: ${failure.message}`);
    return undefined;
  },
};

/*
  Produce Request (Version: 3-8) => transactional_id acks timeout_ms [topic_data]
    transactional_id => NULLABLE_STRING
    acks => INT16                                              (0: no response, 1 or -1: the same for one node)
    timeout_ms => INT32
    topic_data => name [partition_data]
      name => STRING
      partition_data => index records
        index => INT32
        records => RECORDS                                     (nullable)
*/
function readRequest(request: Reader): Request {
  const transactionalId = request.nullableString();
  const acks = request.int16();
  request.int32();
  const topics = request.array((topic) => ({
    name: topic.string(),
    partitions: topic.array((partition) => ({ index: partition.int32(), records: partition.nullableBytes() })),
  }));
  return { transactionalId, acks, topics };
}

function append(
  { version, node: { topics, faults }, refuse }: Call,
  { acks, name, index, records }: { acks: number; name: string; index: number; records: Buffer | null },
): Appended {
  const partition = topics.partition(name, index);
  if (faults?.happens('kafka.not-leader', `${name}-${index}`)) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
  if (acks < -1 || acks > 1) throw new KafkaError('INVALID_REQUIRED_ACKS');
  const batch = RecordBatch.from(records);
  if (batch.codec === ZSTD && version < 7) throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE');
  if (batch.isTransactional) {
    refuse('transactions');
    throw new KafkaError('INVALID_TXN_STATE', 'transactions are not supported here');
  }
  return { ...topics.append(partition, batch), start: partition.start };
}

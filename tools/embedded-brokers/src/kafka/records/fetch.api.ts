import { type Api, type Call, type KafkaNode, NO_THROTTLE } from '../api.ts';
import { codeOf, attempt, ERRORS, KafkaError } from '../errors.ts';
import type { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { LEADER_EPOCH, type Partition } from './partition.ts';
import { ZSTD } from './record-batch.ts';

interface Wanted {
  index: number;
  leaderEpoch: number;
  offset: bigint;
  maxBytes: number;
}

interface Request {
  maxWait: number;
  minBytes: number;
  maxBytes: number;
  sessionId: number;
  sessionEpoch: number;
  topics: { name: string; partitions: Wanted[] }[];
}

interface Found {
  index: number;
  code: number;
  partition: Partition | undefined;
  records: Buffer[];
}

interface Collected {
  size: number;
  hasError: boolean;
  topics: { name: string; partitions: Found[] }[];
}

/** Most bytes in one response: Kafka's fetch.max.bytes. */
const MAX_BYTES = 55 * 1024 * 1024;

/** No fetch session (KIP-227): every fetch is a full one. */
const NO_SESSION = 0;

export const fetch: Api = {
  key: 1,
  name: 'Fetch',
  versions: [4, 11],
  answer: async (reader, call) => {
    const request = readRequest(reader, call.version);
    if (request.sessionEpoch > 0) return writeAnswer(call.version, ERRORS.FETCH_SESSION_ID_NOT_FOUND);
    const until = Date.now() + request.maxWait;
    for (;;) {
      const collected = collect(request, call);
      const left = until - Date.now();
      if (collected.hasError || collected.size >= request.minBytes || left <= 0)
        return writeAnswer(call.version, ERRORS.NONE, collected.topics);
      await untilMore(call.node, request, left);
    }
  },
};

/*
  Fetch Request (Version: 4-11) => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch
                                   [topics] [forgotten_topics_data] rack_id
    replica_id => INT32
    max_wait_ms => INT32
    min_bytes => INT32
    max_bytes => INT32
    isolation_level => INT8
    session_id => INT32                                        (7+)
    session_epoch => INT32                                     (7+)
    topics => topic [partitions]
      topic => STRING
      partitions => partition current_leader_epoch fetch_offset log_start_offset partition_max_bytes
        partition => INT32
        current_leader_epoch => INT32                          (9+)
        fetch_offset => INT64
        log_start_offset => INT64                              (5+)
        partition_max_bytes => INT32
    forgotten_topics_data => topic [partitions]                (7+)
    rack_id => STRING                                          (11+)
*/
function readRequest(request: Reader, version: number): Request {
  request.int32();
  const maxWait = request.int32();
  const minBytes = request.int32();
  const maxBytes = Math.min(request.int32(), MAX_BYTES);
  request.int8();
  const [sessionId, sessionEpoch] = version >= 7 ? [request.int32(), request.int32()] : [NO_SESSION, -1];
  const topics = request.array((topic) => ({
    name: topic.string(),
    partitions: topic.array((partition) => {
      const index = partition.int32();
      const leaderEpoch = version >= 9 ? partition.int32() : -1;
      const offset = partition.int64();
      if (version >= 5) partition.int64();
      return { index, leaderEpoch, offset, maxBytes: partition.int32() };
    }),
  }));
  return { maxWait, minBytes, maxBytes, sessionId, sessionEpoch, topics };
}

/** The first batch is sent whatever its size, so that consumers make progress; all others respect the limits. */
function collect({ topics, maxBytes }: Request, { node, version }: Call): Collected {
  let size = 0;
  let hasError = false;
  const found = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((wanted) => {
      const { index, leaderEpoch, offset } = wanted;
      const partition = attempt(() => node.topics.partition(name, index));
      if (partition instanceof KafkaError) {
        hasError = true;
        return { index, code: partition.code, partition: undefined, records: [] };
      }
      const batches = attempt(() => {
        if (leaderEpoch > LEADER_EPOCH) throw new KafkaError('UNKNOWN_LEADER_EPOCH');
        if (node.faults?.happens('kafka.not-leader', `${name}-${index}`))
          throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
        const read = partition.read(offset, Math.min(wanted.maxBytes, maxBytes - size), size === 0);
        if (version < 10 && read.some(({ codec }) => codec === ZSTD))
          throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE');
        return read;
      });
      const records = batches instanceof KafkaError ? [] : batches.map(({ bytes }) => bytes);
      hasError ||= batches instanceof KafkaError;
      size += records.reduce((sum, { length }) => sum + length, 0);
      return { index, code: codeOf(batches), partition, records };
    }),
  }));
  return { size, hasError, topics: found };
}

/** Resolves when one of the partitions grows or is deleted, or after `timeout`. */
function untilMore({ topics }: KafkaNode, request: Request, timeout: number): Promise<void> {
  const partitions = request.topics.flatMap(({ name, partitions: wanted }) =>
    wanted.flatMap(({ index }) => topics.find(name)?.partitions[index] ?? []),
  );
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const { listeners } of partitions) listeners.delete(end);
      resolve();
    };
    const timer = setTimeout(end, timeout).unref(); // does not keep a closing broker alive
    for (const { listeners } of partitions) listeners.add(end);
  });
}

/*
  Fetch Response (Version: 4-11) => throttle_time_ms error_code session_id [responses]
    throttle_time_ms => INT32
    error_code => INT16                                        (7+)
    session_id => INT32                                        (7+)
    responses => topic [partitions]
      topic => STRING
      partitions => partition_index error_code high_watermark last_stable_offset log_start_offset
                    [aborted_transactions] preferred_read_replica records
        partition_index => INT32
        error_code => INT16
        high_watermark => INT64
        last_stable_offset => INT64
        log_start_offset => INT64                              (5+)
        aborted_transactions => producer_id first_offset       (null: there are no transactions)
        preferred_read_replica => INT32                        (11+)
        records => RECORDS
*/
function writeAnswer(version: number, code: number, topics: Collected['topics'] = []): Writer {
  return new Writer()
    .int32(NO_THROTTLE)
    .when(version >= 7, (w) => w.int16(code).int32(NO_SESSION))
    .array(topics, (w, { name, partitions }) =>
      w.string(name).array(partitions, (_, { index, code: error, partition, records }) => {
        const end = partition?.end ?? -1n;
        w.int32(index).int16(error).int64(end).int64(end);
        w.when(version >= 5, () => w.int64(partition?.start ?? -1n));
        w.int32(-1);
        w.when(version >= 11, () => w.int32(-1));
        w.bytes(...records);
      }),
    );
}

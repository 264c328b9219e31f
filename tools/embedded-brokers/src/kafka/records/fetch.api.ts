import { api, type Call } from '../api.ts';
import { attempt, codeOf, ERRORS, KafkaError } from '../errors.ts';
import { array, int16, int32, int64, int8, nullable, records, string, struct, tagged, uuid } from '../wire/fields.ts';
import { LEADER_EPOCH, type Partition } from './partition.ts';
import { type RecordBatch, ZSTD } from './record-batch.ts';

/** Most bytes in one response: Kafka's fetch.max.bytes. */
const MAX_BYTES = 55 * 1024 * 1024;
/** The first version with ids of topics instead of names. */
const BY_ID = 13;

/** There are no fetch sessions (KIP-227): every fetch is a full one. */
export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexible: 12,
  request: {
    clusterId: tagged(0, nullable(string('12+'))),
    replicaId: int32('0-14', -1),
    replicaState: tagged(1, struct('15+', { replicaId: int32('0+', -1), replicaEpoch: int64('0+', -1n) })),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32('0+', 2147483647),
    isolationLevel: int8(),
    sessionId: int32('7+'),
    sessionEpoch: int32('7+', -1),
    topics: array({
      topic: string('0-12'),
      topicId: uuid('13+'),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32('9+', -1),
        fetchOffset: int64(),
        lastFetchedEpoch: int32('12+', -1),
        logStartOffset: int64('5+', -1n),
        partitionMaxBytes: int32(),
        replicaDirectoryId: tagged(0, uuid('17+')),
        highWatermark: tagged(1, int64('18+', 9223372036854775807n)),
      }),
    }),
    forgottenTopicsData: array('7+', { topic: string('7-12'), topicId: uuid('13+'), partitions: array(int32()) }),
    rackId: string('11+'),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16('7+'),
    sessionId: int32('7+'),
    responses: array({
      topic: string('0-12'),
      topicId: uuid('13+'),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64('0+', -1n),
        logStartOffset: int64('5+', -1n),
        divergingEpoch: tagged(0, struct('12+', { epoch: int32('0+', -1), endOffset: int64('0+', -1n) })),
        currentLeader: tagged(1, struct('12+', { leaderId: int32('0+', -1), leaderEpoch: int32('0+', -1) })),
        snapshotId: tagged(2, struct('12+', { endOffset: int64('0+', -1n), epoch: int32('0+', -1) })),
        abortedTransactions: nullable(array({ producerId: int64(), firstOffset: int64() })),
        preferredReadReplica: int32('11+', -1),
        records: nullable(records()),
      }),
    }),
    nodeEndpoints: tagged(
      0,
      array('16+', { nodeId: int32(), host: string(), port: int32(), rack: nullable(string()) }),
    ),
  },
  answer: async (request, call) => {
    if (request.sessionEpoch > 0) return { errorCode: ERRORS.FETCH_SESSION_ID_NOT_FOUND };
    const until = Date.now() + request.maxWaitMs;
    for (;;) {
      const { size, hasError, responses } = collect(request, call);
      const left = until - Date.now();
      if (hasError || size >= request.minBytes || left <= 0) return { responses };
      await untilMore(call, request.topics, left);
    }
  },
});

interface Wanted {
  partition: number;
  currentLeaderEpoch: number;
  fetchOffset: bigint;
  lastFetchedEpoch: number;
  partitionMaxBytes: number;
}

/** For one partition. */
interface Limit {
  bytes: number;
  /** One batch, whatever its size. */
  atLeastOne: boolean;
}

interface WantedTopic {
  topic: string;
  topicId: string;
  partitions: Wanted[];
}

/** The first batch is sent whatever its size, so that consumers make progress; all others respect the limits. */
function collect({ topics, maxBytes }: { topics: WantedTopic[]; maxBytes: number }, call: Call) {
  const most = Math.min(maxBytes, MAX_BYTES);
  let size = 0;
  let hasError = false;
  const responses = topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((wanted) => {
      const partition = attempt(() => find(call, topic, wanted.partition));
      const found =
        partition instanceof KafkaError
          ? { errorCode: codeOf(partition), highWatermark: -1n, abortedTransactions: [], records: [] }
          : readFrom(partition, wanted, call, { bytes: most - size, atLeastOne: size === 0 });
      hasError ||= found.errorCode !== ERRORS.NONE;
      for (const { length } of found.records) size += length;
      return { partitionIndex: wanted.partition, ...found };
    }),
  }));
  return { size, hasError, responses };
}

function find({ node, version }: Call, { topic, topicId }: WantedTopic, index: number): Partition {
  return node.topics.partition(version >= BY_ID ? node.topics.nameOf(topicId) : topic, index);
}

function readFrom(partition: Partition, wanted: Wanted, call: Call, limit: Limit) {
  const read = attempt(() => batchesOf(partition, wanted, call, limit));
  if (read instanceof KafkaError) return { errorCode: read.code, highWatermark: -1n, records: [] };
  const { start: logStartOffset, end } = partition;
  const position = { errorCode: ERRORS.NONE, highWatermark: end, lastStableOffset: end, logStartOffset };
  if (hasDiverged(partition, wanted))
    return { ...position, divergingEpoch: { epoch: LEADER_EPOCH, endOffset: end }, records: [] };
  return { ...position, records: read.map(({ bytes }) => bytes) };
}

function batchesOf(partition: Partition, wanted: Wanted, call: Call, { bytes, atLeastOne }: Limit): RecordBatch[] {
  const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch, partitionMaxBytes } = wanted;
  if (currentLeaderEpoch > LEADER_EPOCH) throw new KafkaError('UNKNOWN_LEADER_EPOCH');
  if (call.node.faults?.lasts('kafka.not-leader', partition.name)) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
  if (lastFetchedEpoch > LEADER_EPOCH) throw new KafkaError('OFFSET_OUT_OF_RANGE');
  if (hasDiverged(partition, wanted)) return [];
  const read = partition.read(fetchOffset, Math.min(partitionMaxBytes, bytes), atLeastOne);
  if (call.version < 10 && read.some(({ codec }) => codec === ZSTD))
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE');
  return read;
}

/** Whether the consumer has read what is not in this log: it has to truncate (KIP-320). */
const hasDiverged = ({ end }: Partition, { lastFetchedEpoch, fetchOffset }: Wanted): boolean =>
  lastFetchedEpoch === LEADER_EPOCH && fetchOffset > end;

/** Resolves when one of the partitions grows or is deleted, or after `timeout`. */
function untilMore(call: Call, topics: WantedTopic[], timeout: number): Promise<void> {
  const partitions = topics.flatMap((topic) => topic.partitions.map((each) => find(call, topic, each.partition)));
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

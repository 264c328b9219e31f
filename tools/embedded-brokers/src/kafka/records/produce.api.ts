import { api, type Call } from '../api.ts';
import { attempt, codeOf, HangUp, KafkaError, messageOf } from '../errors.ts';
import { array, int16, int32, int64, nullable, records, string, struct, tagged, uuid } from '../wire/fields.ts';
import { InvalidTimestamps, type Partition } from './partition.ts';
import { RecordBatch, ZSTD } from './record-batch.ts';

/** The first version with ids of topics instead of names. */
const BY_ID = 13;

export const produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  flexible: 9,
  request: {
    transactionalId: nullable(string()),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string('0-12'),
      topicId: uuid('13+'),
      partitionData: array({ index: int32(), records: nullable(records()) }),
    }),
  },
  response: {
    responses: array({
      name: string('0-12'),
      topicId: uuid('13+'),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64('0+', -1n),
        logStartOffset: int64('5+', -1n),
        recordErrors: array('8+', { batchIndex: int32(), batchIndexErrorMessage: nullable(string()) }),
        errorMessage: nullable(string('8+')),
        currentLeader: tagged(0, struct('10+', { leaderId: int32('0+', -1), leaderEpoch: int32('0+', -1) })),
      }),
    }),
    throttleTimeMs: int32(),
    nodeEndpoints: tagged(
      0,
      array('10+', { nodeId: int32(), host: string(), port: int32(), rack: nullable(string()) }),
    ),
  },
  answer: ({ acks, transactionalId, topicData }, call) => {
    if (transactionalId !== null) call.refuse('transactions');
    let failure: KafkaError | undefined;
    const responses = topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index, records: batch }) => {
        const appended = attempt(() => append(call, acks, find(call, name, topicId, index), batch));
        if (!(appended instanceof KafkaError)) return { index, ...appended };
        failure = appended;
        const where = appended instanceof InvalidTimestamps ? recordErrorsOf(appended) : {};
        return { index, errorCode: codeOf(appended), baseOffset: -1n, errorMessage: messageOf(appended), ...where };
      }),
    }));
    if (acks !== 0) return { responses };
    // the only way to tell a producer that reads no answers; Kafka does the same
    if (failure) throw new HangUp(`a message sent without acks was refused: ${failure.message}`);
    return undefined;
  },
});

const recordErrorsOf = ({ indexes, start }: InvalidTimestamps) => ({
  logStartOffset: start,
  recordErrors: indexes.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: 'its timestamp is out of range' })),
});

function find({ node: { topics }, version }: Call, name: string, topicId: string, index: number): Partition {
  return topics.partition(version >= BY_ID ? topics.nameOf(topicId) : name, index);
}

function append({ version, node, refuse }: Call, acks: number, partition: Partition, content: Buffer | null) {
  if (node.faults?.lasts('kafka.not-leader', partition.name)) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
  if (partition.isInternal) throw new KafkaError('INVALID_TOPIC_EXCEPTION', 'Cannot append to an internal topic.');
  if (acks < -1 || acks > 1) throw new KafkaError('INVALID_REQUIRED_ACKS');
  const batch = RecordBatch.from(content);
  if (batch.codec === ZSTD && version < 7) throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE');
  if (batch.isTransactional) {
    refuse('transactions');
    throw new KafkaError('INVALID_TXN_STATE', 'transactions are not supported here');
  }
  if (batch.producerId >= 0n && node.faults?.happens('kafka.producer-forgotten', partition.name))
    throw new KafkaError('UNKNOWN_PRODUCER_ID');
  const { baseOffset, appendTime } = node.topics.append(partition, batch);
  return { baseOffset, logAppendTimeMs: appendTime, logStartOffset: partition.start };
}

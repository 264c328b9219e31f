import { api } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { array, int16, int32, int64, string } from '../wire/fields.ts';
import { LEADER_EPOCH } from './partition.ts';

/** Where the log ends that a leader of this epoch has written (KIP-320): there is only one. */
export const offsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexible: 4,
  request: {
    replicaId: int32('3+', -2),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32('0+', -1),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32('0+', -1),
        endOffset: int64('0+', -1n),
      }),
    }),
  },
  answer: ({ topics: wanted }, { node: { topics } }) => ({
    topics: wanted.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const end = attempt(() => {
          const found = topics.partition(topic, partition);
          if (currentLeaderEpoch > LEADER_EPOCH) throw new KafkaError('UNKNOWN_LEADER_EPOCH');
          return found.end;
        });
        if (end instanceof KafkaError || leaderEpoch !== LEADER_EPOCH) return { errorCode: codeOf(end), partition };
        return { partition, leaderEpoch, endOffset: end };
      }),
    })),
  }),
});

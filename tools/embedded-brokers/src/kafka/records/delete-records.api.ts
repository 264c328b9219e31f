import { api } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { array, int16, int32, int64, string } from '../wire/fields.ts';

/** Stands for the end of the log. */
const HIGH_WATERMARK = -1n;

export const deleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexible: 2,
  request: {
    topics: array({
      name: string(),
      partitions: array({ partitionIndex: int32(), offset: int64() }),
    }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({ partitionIndex: int32(), lowWatermark: int64(), errorCode: int16() }),
    }),
  },
  answer: ({ topics: wanted }, { node: { topics } }) => ({
    topics: wanted.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => {
        const start = attempt(() => {
          const partition = topics.partition(name, partitionIndex);
          topics.deleteRecords(partition, offset === HIGH_WATERMARK ? partition.end : offset);
          return partition.start;
        });
        return { partitionIndex, lowWatermark: start instanceof KafkaError ? -1n : start, errorCode: codeOf(start) };
      }),
    })),
  }),
});

import { type Api, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { Writer } from '../wire/writer.ts';

/** Stands for the end of the log. */
const HIGH_WATERMARK = -1n;

/*
  DeleteRecords Request (Version: 0-1) => [topics] timeout_ms
    topics => name [partitions]
      name => STRING
      partitions => partition_index offset
        partition_index => INT32
        offset => INT64                                        (the first one that is kept)
    timeout_ms => INT32

  DeleteRecords Response (Version: 0-1) => throttle_time_ms [topics]
    throttle_time_ms => INT32
    topics => name [partitions]
      name => STRING
      partitions => partition_index low_watermark error_code
        partition_index => INT32
        low_watermark => INT64
        error_code => INT16
*/
export const deleteRecords: Api = {
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 1],
  answer: (request, { node: { topics } }) => {
    const wanted = request.array((topic) => ({
      name: topic.string(),
      partitions: topic.array((partition) => ({ index: partition.int32(), offset: partition.int64() })),
    }));
    return new Writer().int32(NO_THROTTLE).array(wanted, (w, { name, partitions }) =>
      w.string(name).array(partitions, (_, { index, offset }) => {
        const start = attempt(() => {
          const partition = topics.partition(name, index);
          topics.deleteRecords(partition, offset === HIGH_WATERMARK ? partition.end : offset);
          return partition.start;
        });
        w.int32(index)
          .int64(start instanceof KafkaError ? -1n : start)
          .int16(codeOf(start));
      }),
    );
  },
};

import { api } from '../api.ts';
import { array, boolean, int16, int32, int64, nullable, string } from '../wire/fields.ts';
import type { Topic } from './topics.ts';

/** All that is stored is in memory: this stands for the one folder of a real broker. */
const LOG_DIR = '/memory';

export const describeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 5],
  flexible: 2,
  request: {
    topics: nullable(array({ topic: string(), partitions: array(int32()) })),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16('3+'),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: boolean(),
        }),
      }),
      totalBytes: int64('4+', -1n),
      usableBytes: int64('4+', -1n),
      isCordoned: boolean('5+'),
    }),
  },
  answer: ({ topics: wanted }, { node: { topics } }) => {
    const all = topics.all.map((topic) =>
      describe(topic, wanted?.find(({ topic: name }) => name === topic.name)?.partitions),
    );
    return {
      results: [
        {
          logDir: LOG_DIR,
          topics: wanted ? all.filter(({ name }) => wanted.some(({ topic }) => topic === name)) : all,
          totalBytes: BigInt(topics.maxBytes),
          usableBytes: BigInt(topics.maxBytes - topics.size),
        },
      ],
    };
  },
});

/** With all partitions if `wanted` does not name them. */
const describe = ({ name, partitions }: Topic, wanted?: readonly number[]) => ({
  name,
  partitions: partitions
    .filter(({ index }) => wanted?.includes(index) ?? true)
    .map(({ index, bytes }) => ({ partitionIndex: index, partitionSize: BigInt(bytes) })),
});

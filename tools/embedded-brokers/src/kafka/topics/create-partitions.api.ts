import { api } from '../api.ts';
import { attempt, codeOf, messageOf } from '../errors.ts';
import { array, boolean, int16, int32, nullable, string } from '../wire/fields.ts';

export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexible: 2,
  request: {
    topics: array({
      name: string(),
      count: int32(),
      assignments: nullable(array({ brokerIds: array(int32()) })),
    }),
    timeoutMs: int32(),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({ name: string(), errorCode: int16(), errorMessage: nullable(string()) }),
  },
  answer: ({ topics, validateOnly }, { node }) => ({
    results: topics.map(({ name, count, assignments }) => {
      const nodes = assignments?.map(({ brokerIds }) => brokerIds) ?? null;
      const grown = attempt(() => node.topics.grow(name, count, nodes, validateOnly));
      return { name, errorCode: codeOf(grown), errorMessage: messageOf(grown) };
    }),
  }),
});

import { api } from '../api.ts';
import { attempt, codeOf } from '../errors.ts';
import { array, int16, int32, string } from '../wire/fields.ts';

export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexible: 2,
  request: {
    groupsNames: array(string()),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({ groupId: string(), errorCode: int16() }),
  },
  answer: ({ groupsNames }, { node: { groups } }) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode: codeOf(attempt(() => groups.delete(groupId))) })),
  }),
});

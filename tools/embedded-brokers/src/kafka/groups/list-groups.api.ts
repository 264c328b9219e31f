import { api } from '../api.ts';
import { array, int16, int32, string } from '../wire/fields.ts';

/** All groups have members with the classic protocol; those of KIP-848 are not supported. */
const TYPE = 'classic';

export const listGroups = api({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexible: 3,
  request: {
    statesFilter: array('4+', string()),
    typesFilter: array('5+', string()),
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string('4+'),
      groupType: string('5+'),
    }),
  },
  answer: ({ statesFilter, typesFilter }, { node: { groups } }) => ({
    groups: groups.all
      .filter(({ state }) => isIn(statesFilter, state) && isIn(typesFilter, TYPE))
      .map(({ id, protocolType, state }) => ({ groupId: id, protocolType, groupState: state, groupType: TYPE })),
  }),
});

const isIn = (filter: readonly string[], value: string): boolean =>
  filter.length === 0 || filter.some((each) => each.toLowerCase() === value.toLowerCase());

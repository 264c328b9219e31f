import { api } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { array, boolean, bytes, int16, int32, nullable, string } from '../wire/fields.ts';
import type { Group } from './group.ts';

/** The first version in which an unknown group is an error. */
const REFUSES = 6;

export const describeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexible: 5,
  request: {
    groups: array(string()),
    includeAuthorizedOperations: boolean('3+'),
  },
  response: {
    throttleTimeMs: int32('1+'),
    groups: array({
      errorCode: int16(),
      errorMessage: nullable(string('6+')),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: nullable(string('4+')),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32('3+', -2147483648),
    }),
  },
  answer: ({ groups: ids }, { version, node: { groups } }) => ({
    groups: ids.map((groupId) => {
      const group = groups.find(groupId);
      if (group) return describe(group);
      const dead = { groupId, groupState: 'Dead' };
      if (version < REFUSES) return dead;
      return { ...dead, errorCode: ERRORS.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` };
    }),
  }),
});

function describe({ id, state, protocolType, protocol: chosen, members }: Group) {
  const protocol = state === 'Stable' ? chosen : '';
  return {
    groupId: id,
    groupState: state,
    protocolType,
    protocolData: protocol,
    members: [...members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: member.metadataOf(protocol),
      memberAssignment: protocol ? member.assignment : Buffer.alloc(0),
    })),
  };
}

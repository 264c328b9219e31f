import { api } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { array, int16, int32, nullable, string } from '../wire/fields.ts';

export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexible: 4,
  request: {
    groupId: string(),
    memberId: string('0-2'),
    members: array('3+', {
      memberId: string(),
      groupInstanceId: nullable(string()),
      reason: nullable(string('5+')),
    }),
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16(),
    members: array('3+', {
      memberId: string(),
      groupInstanceId: nullable(string()),
      errorCode: int16(),
    }),
  },
  answer: ({ groupId, memberId, members }, { version, node }) => {
    const group = attempt(() => node.groups.withMembers(groupId));
    const leave = (id: string, instanceId: string | null = null) =>
      codeOf(group instanceof KafkaError ? group : attempt(() => group.leave(id, instanceId)));
    if (version < 3) return { errorCode: leave(memberId) };
    if (group instanceof KafkaError && group.error !== 'UNKNOWN_MEMBER_ID') return { errorCode: group.code };
    return {
      members: members.map(({ memberId: id, groupInstanceId }) => ({
        memberId: id,
        groupInstanceId,
        errorCode: leave(id, groupInstanceId),
      })),
    };
  },
});

import { api } from '../api.ts';
import { attempt, codeOf } from '../errors.ts';
import { int16, int32, nullable, string } from '../wire/fields.ts';

export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexible: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullable(string('3+')),
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16(),
  },
  answer: ({ groupId, generationId: generation, memberId, groupInstanceId: instanceId }, { node }) => {
    const heard = attempt(() => node.groups.withMembers(groupId).heartbeat({ memberId, instanceId, generation }));
    return { errorCode: codeOf(heard) };
  },
});

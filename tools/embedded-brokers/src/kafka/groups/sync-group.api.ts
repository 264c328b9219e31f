import { api } from '../api.ts';
import { attemptAsync, codeOf, KafkaError } from '../errors.ts';
import { array, bytes, int16, int32, nullable, string } from '../wire/fields.ts';

export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexible: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullable(string('3+')),
    protocolType: nullable(string('5+')),
    protocolName: nullable(string('5+')),
    assignments: array({ memberId: string(), assignment: bytes() }),
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16(),
    protocolType: nullable(string('5+')),
    protocolName: nullable(string('5+')),
    assignment: bytes(),
  },
  answer: async (request, { version, node }) => {
    const { groupId, generationId, memberId, protocolType, protocolName, assignments } = request;
    const byMember = new Map(assignments.map((each) => [each.memberId, each.assignment]));
    const synced = await attemptAsync(async () => {
      const group = node.groups.withMembers(groupId);
      if (version >= 5 && !(group.protocolType === protocolType && group.protocol === protocolName))
        throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
      const assignment = await group.sync(memberId, generationId, byMember);
      return { assignment, protocolType: group.protocolType, protocolName: group.protocol };
    });
    return synced instanceof KafkaError ? { errorCode: codeOf(synced) } : synced;
  },
});

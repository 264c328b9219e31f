import { api } from '../api.ts';
import { attemptAsync, codeOf, KafkaError } from '../errors.ts';
import { array, bytes, int16, int32, nullable, string } from '../wire/fields.ts';

/** The first version in which a member says which protocol it has joined with. */
const NAMES_PROTOCOL = 5;

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
    const { groupId, generationId: generation, memberId, groupInstanceId: instanceId } = request;
    const assignments = new Map(request.assignments.map((each) => [each.memberId, each.assignment]));
    const chosen = version >= NAMES_PROTOCOL ? { type: request.protocolType, name: request.protocolName } : undefined;
    const synced = await attemptAsync(async () => {
      const group = node.groups.withMembers(groupId);
      const assignment = await group.sync({ memberId, instanceId, generation }, assignments, chosen);
      return { assignment, protocolType: group.protocolType, protocolName: group.protocol };
    });
    return synced instanceof KafkaError ? { errorCode: codeOf(synced) } : synced;
  },
});

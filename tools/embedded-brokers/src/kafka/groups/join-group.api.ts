import { api, type Call } from '../api.ts';
import { attemptAsync, codeOf, KafkaError } from '../errors.ts';
import { array, boolean, bytes, int16, int32, nullable, string } from '../wire/fields.ts';
import { MemberIdRequired } from './group.ts';

export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexible: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32('1+', -1),
    memberId: string(),
    groupInstanceId: nullable(string('5+')),
    protocolType: string(),
    protocols: array({ name: string(), metadata: bytes() }),
    reason: nullable(string('8+')),
  },
  response: {
    throttleTimeMs: int32('2+'),
    errorCode: int16(),
    generationId: int32('0+', -1),
    protocolType: nullable(string('7+')),
    protocolName: nullable('7+', string()),
    leader: string(),
    skipAssignment: boolean('9+'),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: nullable(string('5+')),
      metadata: bytes(),
    }),
  },
  answer: async (request, { version, clientId, clientHost, node }: Call) => {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocolType } = request;
    const joined = await attemptAsync(() =>
      node.groups.join(groupId, {
        memberId,
        instanceId: groupInstanceId,
        clientId,
        clientHost,
        protocolType,
        protocols: request.protocols,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: version >= 1 ? rebalanceTimeoutMs : sessionTimeoutMs,
        mustReturn: version >= 4,
        canSkipAssignment: version >= 9,
      }),
    );
    if (joined instanceof KafkaError)
      return { errorCode: codeOf(joined), memberId: joined instanceof MemberIdRequired ? joined.memberId : memberId };
    return {
      generationId: joined.generation,
      protocolType: joined.protocolType,
      protocolName: joined.protocol,
      leader: joined.leader,
      memberId: joined.memberId,
      skipAssignment: joined.skipAssignment,
      members: joined.members.map(({ id, instanceId, metadata }) => ({
        memberId: id,
        groupInstanceId: instanceId,
        metadata,
      })),
    };
  },
});

import { type Api, NO_THROTTLE } from '../api.ts';
import { attempt, attemptAsync, codeOf, KafkaError } from '../errors.ts';
import { Writer } from '../wire/writer.ts';
import { MemberIdRequired } from './group.ts';
import type { Joined } from './member.ts';

/*
  JoinGroup Request (Version: 0-4) => group_id session_timeout_ms rebalance_timeout_ms member_id protocol_type [protocols]
    group_id => STRING
    session_timeout_ms => INT32
    rebalance_timeout_ms => INT32                              (1+)
    member_id => STRING                                        ('': new; 4: it is given an id and joins again)
    protocol_type => STRING
    protocols => name metadata
      name => STRING
      metadata => BYTES

  JoinGroup Response (Version: 0-4) => throttle_time_ms error_code generation_id protocol_name leader member_id [members]
    throttle_time_ms => INT32                                  (2+)
    error_code => INT16
    generation_id => INT32
    protocol_name => STRING
    leader => STRING
    member_id => STRING
    members => member_id metadata                              (for the leader only)
      member_id => STRING
      metadata => BYTES

  Version 5 has static members: clients that want them say that they are not supported.
*/
export const joinGroup: Api = {
  key: 11,
  name: 'JoinGroup',
  versions: [0, 4],
  answer: async (request, { version, clientId, clientHost, node }) => {
    const groupId = request.string();
    const sessionTimeout = request.int32();
    const rebalanceTimeout = version >= 1 ? request.int32() : sessionTimeout;
    const memberId = request.string();
    const protocolType = request.string();
    const protocols = request.array((each) => ({ name: each.string(), metadata: each.bytes() }));
    const timeouts = { sessionTimeout, rebalanceTimeout };
    const member = { memberId, clientId, clientHost, protocolType, protocols, mustReturn: version >= 4 };
    const result = await attemptAsync(() => node.groups.join(groupId, { ...timeouts, ...member }));
    const joined = result instanceof KafkaError ? notJoined(result, memberId) : result;
    return new Writer()
      .when(version >= 2, (w) => w.int32(NO_THROTTLE))
      .int16(codeOf(result))
      .int32(joined.generation)
      .string(joined.protocol)
      .string(joined.leader)
      .string(joined.memberId)
      .array(joined.members, (w, { id, metadata }) => w.string(id).bytes(metadata));
  },
};

const notJoined = (error: KafkaError, asked: string): Joined => {
  const memberId = error instanceof MemberIdRequired ? error.memberId : asked;
  return { generation: -1, protocol: '', leader: '', memberId, members: [] };
};

/*
  SyncGroup Request (Version: 0-2) => group_id generation_id member_id [assignments]
    group_id => STRING
    generation_id => INT32
    member_id => STRING
    assignments => member_id assignment                        (from the leader only)
      member_id => STRING
      assignment => BYTES

  SyncGroup Response (Version: 0-2) => throttle_time_ms error_code assignment
    throttle_time_ms => INT32                                  (1+)
    error_code => INT16
    assignment => BYTES
*/
export const syncGroup: Api = {
  key: 14,
  name: 'SyncGroup',
  versions: [0, 2],
  answer: async (request, { version, node }) => {
    const groupId = request.string();
    const generation = request.int32();
    const memberId = request.string();
    const assignments = new Map(request.array((each) => [each.string(), each.bytes()] as const));
    const assigned = await attemptAsync(async () =>
      node.groups.withMembers(groupId).sync(memberId, generation, assignments),
    );
    return new Writer()
      .when(version >= 1, (w) => w.int32(NO_THROTTLE))
      .int16(codeOf(assigned))
      .bytes(...(assigned instanceof KafkaError ? [] : [assigned]));
  },
};

/*
  Heartbeat Request (Version: 0-2) => group_id generation_id member_id
    group_id => STRING
    generation_id => INT32
    member_id => STRING

  Heartbeat Response (Version: 0-2) => throttle_time_ms error_code
    throttle_time_ms => INT32                                  (1+)
    error_code => INT16
*/
export const heartbeat: Api = {
  key: 12,
  name: 'Heartbeat',
  versions: [0, 2],
  answer: (request, { version, node }) => {
    const groupId = request.string();
    const generation = request.int32();
    const memberId = request.string();
    const heard = attempt(() => node.groups.withMembers(groupId).heartbeat(memberId, generation));
    return new Writer().when(version >= 1, (w) => w.int32(NO_THROTTLE)).int16(codeOf(heard));
  },
};

/*
  LeaveGroup Request (Version: 0-2) => group_id member_id
    group_id => STRING
    member_id => STRING

  LeaveGroup Response (Version: 0-2) => throttle_time_ms error_code
    throttle_time_ms => INT32                                  (1+)
    error_code => INT16
*/
export const leaveGroup: Api = {
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 2],
  answer: (request, { version, node }) => {
    const groupId = request.string();
    const memberId = request.string();
    const left = attempt(() => node.groups.withMembers(groupId).leave(memberId));
    return new Writer().when(version >= 1, (w) => w.int32(NO_THROTTLE)).int16(codeOf(left));
  },
};

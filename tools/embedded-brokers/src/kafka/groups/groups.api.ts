import { type Api, NO_AUTHORIZED_OPERATIONS, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, ERRORS } from '../errors.ts';
import { Writer } from '../wire/writer.ts';

/*
  DescribeGroups Request (Version: 0-4) => [groups] include_authorized_operations
    groups => STRING
    include_authorized_operations => BOOLEAN                   (3+)

  DescribeGroups Response (Version: 0-4) => throttle_time_ms [groups]
    throttle_time_ms => INT32                                  (1+)
    groups => error_code group_id group_state protocol_type protocol_data [members] authorized_operations
      error_code => INT16
      group_id => STRING
      group_state => STRING
      protocol_type => STRING
      protocol_data => STRING                                  ('' unless the group is stable; also metadata and assignment)
      members => member_id group_instance_id client_id client_host member_metadata member_assignment
        member_id => STRING
        group_instance_id => NULLABLE_STRING                   (4)
        client_id => STRING
        client_host => STRING
        member_metadata => BYTES
        member_assignment => BYTES
      authorized_operations => INT32                           (3+)
*/
export const describeGroups: Api = {
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 4],
  answer: (request, { version, node: { groups } }) => {
    const ids = request.array((id) => id.string());
    return new Writer()
      .when(version >= 1, (w) => w.int32(NO_THROTTLE))
      .array(ids, (w, id) => {
        const group = groups.find(id);
        const protocol = group?.state === 'Stable' ? group.protocol : '';
        w.int16(ERRORS.NONE).string(id);
        w.string(group?.state ?? 'Dead')
          .string(group?.protocolType ?? '')
          .string(protocol);
        w.array([...(group?.members.values() ?? [])], (_, member) => {
          w.string(member.id);
          w.when(version >= 4, () => w.string(null));
          w.string(member.clientId).string(member.clientHost);
          w.bytes(member.metadataOf(protocol)).bytes(...(protocol ? [member.assignment] : []));
        });
        w.when(version >= 3, () => w.int32(NO_AUTHORIZED_OPERATIONS));
      });
  },
};

/*
  ListGroups Request (Version: 0-2) =>

  ListGroups Response (Version: 0-2) => throttle_time_ms error_code [groups]
    throttle_time_ms => INT32                                  (1+)
    error_code => INT16
    groups => group_id protocol_type
      group_id => STRING
      protocol_type => STRING
*/
export const listGroups: Api = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 2],
  answer: (_request, { version, node: { groups } }) =>
    new Writer()
      .when(version >= 1, (w) => w.int32(NO_THROTTLE))
      .int16(ERRORS.NONE)
      .array(groups.all, (w, { id, protocolType }) => w.string(id).string(protocolType)),
};

/*
  DeleteGroups Request (Version: 0-1) => [groups_names]
    groups_names => STRING

  DeleteGroups Response (Version: 0-1) => throttle_time_ms [results]
    throttle_time_ms => INT32
    results => group_id error_code
      group_id => STRING
      error_code => INT16
*/
export const deleteGroups: Api = {
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 1],
  answer: (request, { node: { groups } }) => {
    const ids = request.array((id) => id.string());
    return new Writer().int32(NO_THROTTLE).array(ids, (w, id) => {
      const deleted = attempt(() => groups.delete(id));
      w.string(id).int16(codeOf(deleted));
    });
  },
};

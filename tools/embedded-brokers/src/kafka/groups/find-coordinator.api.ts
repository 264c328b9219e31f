import { type Api, NO_THROTTLE } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { Writer } from '../wire/writer.ts';

/*
  FindCoordinator Request (Version: 0-2) => key key_type
    key => STRING
    key_type => INT8                                           (1+; 0: group, 1: transaction)

  FindCoordinator Response (Version: 0-2) => throttle_time_ms error_code error_message node_id host port
    throttle_time_ms => INT32                                  (1+)
    error_code => INT16
    error_message => NULLABLE_STRING                           (1+)
    node_id => INT32
    host => STRING
    port => INT32
*/
/** The only node coordinates everything, also transactions, so that clients get the refusal from their next request. */
export const findCoordinator: Api = {
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 2],
  answer: (_request, { version, node }) =>
    new Writer()
      .when(version >= 1, (w) => w.int32(NO_THROTTLE))
      .int16(ERRORS.NONE)
      .when(version >= 1, (w) => w.string(null))
      .int32(node.id)
      .string(node.host)
      .int32(node.port),
};

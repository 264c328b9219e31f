import { type Api, type Call, NO_THROTTLE } from './api.ts';
import { ERRORS } from './errors.ts';
import type { Reader } from './wire/reader.ts';
import { Writer } from './wire/writer.ts';

const NO_AUTHORIZER = 'No Authorizer is configured.';

/** There are no ACLs here; Kafka without an authorizer answers the same. */
const refused = ({ refuse }: Call): number => {
  refuse('ACLs');
  return ERRORS.SECURITY_DISABLED;
};

/*
  DescribeAcls Request (Version: 1) => resource_type_filter resource_name_filter pattern_type_filter principal_filter
                                       host_filter operation permission_type

  DescribeAcls Response (Version: 1) => throttle_time_ms error_code error_message [resources]
    throttle_time_ms => INT32
    error_code => INT16
    error_message => NULLABLE_STRING
    resources => resource_type resource_name pattern_type [acls]
*/
export const describeAcls: Api = {
  key: 29,
  name: 'DescribeAcls',
  versions: [1, 1],
  answer: (_request, call) =>
    new Writer()
      .int32(NO_THROTTLE)
      .int16(refused(call))
      .string(NO_AUTHORIZER)
      .array([], () => undefined),
};

/*
  CreateAcls Request (Version: 1) => [creations]
    creations => resource_type resource_name resource_pattern_type principal host operation permission_type
      resource_type => INT8
      resource_name => STRING
      resource_pattern_type => INT8
      principal => STRING
      host => STRING
      operation => INT8
      permission_type => INT8

  CreateAcls Response (Version: 1) => throttle_time_ms [results]
    throttle_time_ms => INT32
    results => error_code error_message
      error_code => INT16
      error_message => NULLABLE_STRING
*/
export const createAcls: Api = {
  key: 30,
  name: 'CreateAcls',
  versions: [1, 1],
  answer: (request, call) => {
    const creations = request.array(skipRule);
    const code = refused(call);
    return new Writer().int32(NO_THROTTLE).array(creations, (w) => w.int16(code).string(NO_AUTHORIZER));
  },
};

/*
  DeleteAcls Request (Version: 1) => [filters]
    filters => resource_type_filter resource_name_filter pattern_type_filter principal_filter host_filter operation
               permission_type                                 (as above; the strings are nullable)

  DeleteAcls Response (Version: 1) => throttle_time_ms [filter_results]
    throttle_time_ms => INT32
    filter_results => error_code error_message [matching_acls]
      error_code => INT16
      error_message => NULLABLE_STRING
      matching_acls => (none)
*/
export const deleteAcls: Api = {
  key: 31,
  name: 'DeleteAcls',
  versions: [1, 1],
  answer: (request, call) => {
    const filters = request.array(skipRule);
    const code = refused(call);
    return new Writer().int32(NO_THROTTLE).array(filters, (w) => {
      w.int16(code)
        .string(NO_AUTHORIZER)
        .array([], () => undefined);
    });
  },
};

function skipRule(rule: Reader): void {
  rule.int8();
  rule.nullableString();
  rule.int8();
  rule.nullableString();
  rule.nullableString();
  rule.int8();
  rule.int8();
}

/*
  SaslHandshake Request (Version: 0-1) => mechanism
    mechanism => STRING

  SaslHandshake Response (Version: 0-1) => error_code [mechanisms]
    error_code => INT16                                        (ILLEGAL_SASL_STATE: not a SASL listener)
    mechanisms => STRING
*/
export const saslHandshake: Api = {
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  answer: (request, { refuse }) => {
    refuse(`SASL (${request.string().slice(0, 50)})`);
    return new Writer().int16(ERRORS.ILLEGAL_SASL_STATE).array([], () => undefined);
  },
};

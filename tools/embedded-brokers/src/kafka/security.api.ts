import { api, type Call } from './api.ts';
import { ERRORS } from './errors.ts';
import { array, int16, int32, int8, nullable, string } from './wire/fields.ts';

/** There are no ACLs here; Kafka without an authorizer answers the same. */
const refused = ({ refuse }: Call) => {
  refuse('ACLs');
  return { errorCode: ERRORS.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' };
};

export const describeAcls = api({
  key: 29,
  name: 'DescribeAcls',
  versions: [1, 3],
  flexible: 2,
  request: {
    resourceTypeFilter: int8(),
    resourceNameFilter: nullable(string()),
    patternTypeFilter: int8('0+', 3),
    principalFilter: nullable(string()),
    hostFilter: nullable(string()),
    operation: int8(),
    permissionType: int8(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8('0+', 3),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
  answer: (_request, call) => refused(call),
});

export const createAcls = api({
  key: 30,
  name: 'CreateAcls',
  versions: [1, 3],
  flexible: 2,
  request: {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8('0+', 3),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({ errorCode: int16(), errorMessage: nullable(string()) }),
  },
  answer: ({ creations }, call) => ({ results: creations.map(() => refused(call)) }),
});

export const deleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: [1, 3],
  flexible: 2,
  request: {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: nullable(string()),
      patternTypeFilter: int8('0+', 3),
      principalFilter: nullable(string()),
      hostFilter: nullable(string()),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: nullable(string()),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: nullable(string()),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8('0+', 3),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
  answer: ({ filters }, call) => ({ filterResults: filters.map(() => refused(call)) }),
});

export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
  answer: ({ mechanism }, { refuse }) => {
    refuse(`SASL (${mechanism.slice(0, 50)})`);
    return { errorCode: ERRORS.ILLEGAL_SASL_STATE };
  },
});

import { api, CLUSTER_ID } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { array, boolean, int16, int32, int8, nullable, string } from '../wire/fields.ts';

/** Kinds of nodes that a client can ask for. */
const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexible: 0,
  request: {
    includeClusterAuthorizedOperations: boolean(),
    endpointType: int8('1+', 1),
    includeFencedBrokers: boolean('2+'),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    endpointType: int8('1+', 1),
    clusterId: string(),
    controllerId: int32('0+', -1),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: nullable(string()),
      isFenced: boolean('2+'),
    }),
    clusterAuthorizedOperations: int32('0+', -2147483648),
  },
  answer: ({ endpointType }, { node: { id, host, port } }) => {
    if (endpointType === BROKERS)
      return { clusterId: CLUSTER_ID, controllerId: id, brokers: [{ brokerId: id, host, port }] };
    const error = endpointType === CONTROLLERS ? 'MISMATCHED_ENDPOINT_TYPE' : 'UNSUPPORTED_ENDPOINT_TYPE';
    return { errorCode: ERRORS[error], errorMessage: `this is a broker, not an endpoint of type ${endpointType}` };
  },
});

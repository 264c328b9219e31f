import { api } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { array, int16, int32, int8, nullable, string } from '../wire/fields.ts';

/** Groups and transactions; there are no share groups. */
const GROUP = 0;
const KEY_TYPES = [GROUP, 1];

/** The only node coordinates everything, also transactions, so that clients get the refusal from their next request. */
export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexible: 3,
  request: {
    key: string('0-3'),
    keyType: int8('1+'),
    coordinatorKeys: array('4+', string()),
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('0-3'),
    errorMessage: nullable(string('1-3')),
    nodeId: int32('0-3'),
    host: string('0-3'),
    port: int32('0-3'),
    coordinators: array('4+', {
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: nullable(string()),
    }),
  },
  answer: ({ keyType, coordinatorKeys }, { node: { id: nodeId, host, port, topics } }) => {
    if (keyType === GROUP) topics.createOffsets();
    const place = KEY_TYPES.includes(keyType)
      ? { nodeId, host, port }
      : { errorCode: ERRORS.INVALID_REQUEST, nodeId: -1, port: -1 };
    return { ...place, coordinators: coordinatorKeys.map((each) => ({ key: each, ...place })) };
  },
});

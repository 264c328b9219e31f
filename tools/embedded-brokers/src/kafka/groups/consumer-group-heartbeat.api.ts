import { api } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { array, int16, int32, nullable, string, struct, uuid } from '../wire/fields.ts';

/**
 * The protocol of KIP-848 (group.protocol=consumer) is refused, as by a real broker on which it is switched off: librdkafka
 * waits forever if the API is missing, and fails at once if it is answered so.
 */
export const consumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexible: 0,
  request: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: nullable(string()),
    rackId: nullable(string()),
    rebalanceTimeoutMs: int32('0+', -1),
    subscribedTopicNames: nullable(array(string())),
    subscribedTopicRegex: nullable(string('1+')),
    serverAssignor: nullable(string()),
    topicPartitions: nullable(array({ topicId: uuid(), partitions: array(int32()) })),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    memberId: nullable(string()),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: nullable(
      struct({
        topicPartitions: array({ topicId: uuid(), partitions: array(int32()) }),
      }),
    ),
  },
  answer: (_request, { refuse }) => {
    refuse('the group protocol "consumer" (KIP-848); use "classic"');
    return {
      errorCode: ERRORS.UNSUPPORTED_VERSION,
      errorMessage: 'only the group protocol "classic" is supported here',
    };
  },
});

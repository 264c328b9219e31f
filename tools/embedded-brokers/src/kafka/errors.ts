/** The error codes used here, from the protocol guide's table "Error Codes". */
export const ERRORS = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  NOT_LEADER_OR_FOLLOWER: 6,
  MESSAGE_TOO_LARGE: 10,
  OFFSET_METADATA_TOO_LARGE: 12,
  NOT_COORDINATOR: 16,
  INVALID_TOPIC_EXCEPTION: 17,
  INVALID_REQUIRED_ACKS: 21,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  INVALID_GROUP_ID: 24,
  UNKNOWN_MEMBER_ID: 25,
  UNKNOWN_PRODUCER_ID: 59,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  INVALID_TIMESTAMP: 32,
  ILLEGAL_SASL_STATE: 34,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  INVALID_PARTITIONS: 37,
  INVALID_REPLICATION_FACTOR: 38,
  INVALID_REPLICA_ASSIGNMENT: 39,
  INVALID_CONFIG: 40,
  INVALID_REQUEST: 42,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  SECURITY_DISABLED: 54,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  FETCH_SESSION_ID_NOT_FOUND: 70,
  UNKNOWN_LEADER_EPOCH: 75,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  GROUP_SUBSCRIBED_TO_TOPIC: 86,
  INVALID_RECORD: 87,
  UNKNOWN_TOPIC_ID: 100,
  MISMATCHED_ENDPOINT_TYPE: 114,
  UNSUPPORTED_ENDPOINT_TYPE: 115,
} as const;

export type ErrorName = keyof typeof ERRORS;

/** An error that is answered with its code, and with its message if the response has a field for it. */
export class KafkaError extends Error {
  readonly error: ErrorName;

  constructor(error: ErrorName, message = '') {
    super(message || error);
    this.name = 'KafkaError';
    this.error = error;
  }

  get code(): number {
    return ERRORS[this.error];
  }
}

/** An error without an answer in the protocol: the connection is closed and the message logged. */
export class HangUp extends Error {
  override readonly name = 'HangUp';
}

/** Returns the result of `act`, or the KafkaError that it throws. */
export function attempt<T>(act: () => T): T | KafkaError {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof KafkaError) return thrown;
    throw thrown;
  }
}

/** The same for an asynchronous `act`. */
export const attemptAsync = <T>(act: () => Promise<T>): Promise<T | KafkaError> =>
  act().catch((thrown: unknown) => {
    if (thrown instanceof KafkaError) return thrown;
    throw thrown;
  });

/** The code of an error, or 0. */
export const codeOf = (result: unknown): number => (result instanceof KafkaError ? result.code : ERRORS.NONE);

/** The message of an error, or null. */
export const messageOf = (result: unknown): string | null => (result instanceof KafkaError ? result.message : null);

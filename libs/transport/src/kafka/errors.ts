import { ServiceError } from '@fourfold/contracts/service-error';
import { messageTooLarge, unavailable } from '../errors.ts';

/** Kafka's errors that no retry changes. */
const PERMANENT = new Set(['INVALID_RECORD', 'INVALID_TOPIC_EXCEPTION']);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Why messages could not be sent. kafkajs names addresses in its errors, so its error is the cause, which never leaves the process. */
export const sendErrorOf = (thrown: unknown): ServiceError => {
  const { type, message } = thrown as { type?: string; message: string };
  if (type && TOO_LARGE.has(type)) return messageTooLarge();
  return type && PERMANENT.has(type)
    ? new ServiceError('INVALID_ARGUMENT', type, `Kafka does not take it: ${message}`, {}, { cause: thrown })
    : unavailable('Kafka is not available', thrown);
};

/** Whether the message itself was refused, and not Kafka unavailable: kafkajs's encoder fails with the latter two. */
export const isRefusal = (thrown: unknown): boolean => {
  if (thrown instanceof ServiceError && thrown.reason !== 'UNAVAILABLE') return true;
  if (thrown instanceof TypeError || thrown instanceof RangeError) return true;
  return thrown instanceof Error && isRefusal(thrown.cause);
};

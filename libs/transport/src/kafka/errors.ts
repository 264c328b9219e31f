import { ServiceError } from '@fourfold/contracts/service-error';
import { messageTooLarge, unavailable } from '../errors.ts';

/** Kafka's errors that no retry changes. */
const PERMANENT = new Set(['INVALID_RECORD', 'INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED']);
/** Those that say nothing about the message. */
const OF_TOPIC = new Set(['INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED']);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Why messages could not be sent. kafkajs names addresses in its errors, so its error is the cause, which never leaves the process. */
export const sendErrorOf = (thrown: unknown): ServiceError => {
  if (thrown instanceof ServiceError) return thrown;
  // topics that cannot be created come together, without a type
  const errors: { type?: string; message: string }[] = (thrown as AggregateError).errors ?? [thrown];
  if (errors.some(({ type = '' }) => TOO_LARGE.has(type))) return messageTooLarge();
  const refused = errors.find(({ type = '' }) => PERMANENT.has(type));
  return refused
    ? new ServiceError(
        'INVALID_ARGUMENT',
        refused.type!,
        `Kafka does not take it: ${refused.message}`,
        {},
        { cause: refused },
      )
    : unavailable('Kafka is not available', thrown);
};

/** Kafka has no part in this: a header or a value is neither text nor bytes. */
export const notEncodable = (cause: Error): ServiceError =>
  new ServiceError('INVALID_ARGUMENT', 'INVALID_RECORD', 'the message cannot be encoded', {}, { cause });

/** Whether sending it again does not help. An error that nobody expects, also a TypeError of kafkajs, says nothing about the message. */
export const isPermanent = (thrown: unknown): boolean =>
  thrown instanceof ServiceError && thrown.code !== 'UNAVAILABLE';

/** Whether the message itself was refused, and not Kafka unavailable: kafkajs's encoder fails with the latter two. */
export const isRefusal = (thrown: unknown): boolean => {
  if (isPermanent(thrown)) return !OF_TOPIC.has((thrown as ServiceError).reason);
  if (thrown instanceof TypeError || thrown instanceof RangeError) return true;
  return thrown instanceof Error && isRefusal(thrown.cause);
};

import { ServiceError } from '@fourfold/contracts/service-error';
import type { ConsumeMessage } from 'amqplib';
import { errorOf, PROBLEM_JSON, unavailable } from '../errors.ts';
import { parseJson } from '../pipeline/json.ts';

/** A queue that exists with other arguments, or that this user may not declare: trying again does not help. */
export class QueueRefused extends Error {
  override readonly name = 'QueueRefused';
}

/** The broker returned a mandatory message. */
export const unroutable = (queue: string): ServiceError => unavailable(`queue ${queue} does not exist`);

/** Whether the message or its queue is refused, and not RabbitMQ unavailable: sending it again does not help. */
export const isPermanent = (thrown: unknown): boolean =>
  thrown instanceof QueueRefused ||
  thrown instanceof TypeError ||
  (thrown instanceof ServiceError && thrown.code !== 'UNAVAILABLE');

/** The error that a reply is, if it is one. */
export const errorOfReply = ({ content, properties }: ConsumeMessage): ServiceError | undefined =>
  properties.contentType === PROBLEM_JSON ? errorOf(parseJson(content.toString()) as object) : undefined;

import { createHash } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import type { Operation } from '@fourfold/contracts/contract';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { continueTrace } from '../context.ts';
import { MAX_MESSAGE_BYTES, messageTooLarge, PROBLEM_JSON, problemOf } from '../errors.ts';
import { parseJson, replyJson } from '../json.ts';
import type { Envelope } from '../rpc-context.ts';

/** A message from a queue, in our form or in Nest's. */
export interface Delivery {
  message: ConsumeMessage;
  /** The operation's full name, as the message gives it; empty where it gives none. */
  name: string;
  data: unknown;
  /** Names the message among its redeliveries. */
  id?: string;
  /** Where its sender waits for an answer. */
  replyTo?: string;
  /** Nest's own `{ pattern, data, id }`, answered in kind. */
  packet?: NestPacket;
}

interface NestPacket {
  pattern: unknown;
  data: unknown;
  id?: unknown;
}

/** The operation is in the property `type`; where there is none, Nest's packet is understood. */
export const readDelivery = (message: ConsumeMessage): Delivery => {
  const { type, messageId, replyTo } = message.properties;
  const body = message.content.length > MAX_MESSAGE_BYTES ? undefined : parseJson(message.content.toString());
  if (!type && isPacket(body))
    return {
      message,
      name: nameOf(body.pattern),
      data: body.data,
      id: textOf(body.id) ?? messageId,
      replyTo,
      packet: body,
    };
  return { message, name: type ?? '', data: body, id: messageId, replyTo };
};

/** Throws what keeps a message from being handled at all, whatever is in it. */
export const expectSize = ({ message }: Delivery): void => {
  if (message.content.length > MAX_MESSAGE_BYTES) throw messageTooLarge();
};

/** What the call context is made of. A deadline holds where somebody waits. */
export const envelopeOf = ({ message, name, id, replyTo }: Delivery, isCommand: boolean): Envelope => {
  const { headers = {} } = message.properties;
  const isCall = !isCommand && replyTo !== undefined;
  const deadline = isCall ? Number(headers['deadline'] ?? Number.NaN) : Number.NaN;
  return {
    name,
    transport: 'rabbitmq',
    traceparent: continueTrace(typeof headers['traceparent'] === 'string' ? headers['traceparent'] : undefined),
    idempotencyKey: id || (isCommand ? digestOf(message) : undefined),
    isCall,
    ...(Number.isFinite(deadline) && { deadline }),
  };
};

/** A reply as content and properties. */
export interface Reply {
  content: Buffer;
  properties: Options.Publish;
}

export const answer = (delivery: Delivery, operation: Operation | undefined, value: unknown): Reply => {
  const json = operation ? replyJson(operation.response, value) : JSON.stringify(value ?? null);
  return delivery.packet
    ? reply(delivery, `{"id":${JSON.stringify(delivery.packet.id)},"response":${json},"isDisposed":true}`)
    : reply(delivery, json);
};

export const refusal = (delivery: Delivery, error: ServiceError): Reply => {
  const err = problemOf(error);
  return delivery.packet
    ? reply(delivery, JSON.stringify({ id: delivery.packet.id, err, isDisposed: true }))
    : reply(delivery, JSON.stringify(err), PROBLEM_JSON);
};

const reply = ({ message, name }: Delivery, json: string, contentType = 'application/json'): Reply => {
  const { correlationId, messageId } = message.properties;
  const properties = { contentType, correlationId: correlationId ?? messageId, ...(name && { type: name }) };
  return { content: Buffer.from(json), properties };
};

const isPacket = (body: unknown): body is NestPacket =>
  typeof body === 'object' && body !== null && 'pattern' in body && 'data' in body;

const textOf = (id: unknown): string | undefined => (typeof id === 'string' && id ? id : undefined);

const nameOf = (pattern: unknown): string => (typeof pattern === 'string' ? pattern : '');

/** The one thing that stays the same when a message without an id is delivered again: what is in it. */
const digestOf = ({ content, properties: { type, correlationId, timestamp } }: ConsumeMessage): string =>
  createHash('sha256')
    .update(JSON.stringify([type, correlationId, timestamp]))
    .update(content)
    .digest('hex');

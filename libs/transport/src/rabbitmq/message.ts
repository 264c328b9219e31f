import type { Operation } from '@fourfold/contracts/contract';
import type { ServiceError } from '@fourfold/contracts/service-error';
import type { ConsumeMessage, Options } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { MessageKey } from '../consumer/message-key.ts';
import { MAX_MESSAGE_BYTES, messageTooLarge, PROBLEM_JSON, problemOf } from '../errors.ts';
import { readJson, replyJson } from '../pipeline/json.ts';
import type { IncomingMessage } from '../transport.ts';
import { readMetadata } from './metadata.ts';
import type { QueueBinding } from './topology.ts';

/** A message from a queue, in our form or in Nest's own. */
export interface Delivery extends IncomingMessage {
  raw: ConsumeMessage;
  /** The parsed body. */
  data: unknown;
  /** Why it is not even read. */
  refused?: ServiceError;
  /** The queue to which the sender wants its reply. */
  replyTo?: string;
  /** Nest's own form, which is answered in kind. */
  packet?: NestPacket;
}

interface NestPacket {
  pattern: unknown;
  data: unknown;
  id?: unknown;
}

/** The operation is in the property `type`; if there is none, Nest's packet is understood. A command has no deadline. */
export const messageOf = (raw: ConsumeMessage, { mode }: QueueBinding): Delivery => {
  const { type, messageId, replyTo, appId: source = '', headers = {} } = raw.properties;
  const isTooLarge = raw.content.length > MAX_MESSAGE_BYTES;
  const body = isTooLarge ? undefined : readJson(raw.content);
  const packet = !type && isPacket(body) ? body : undefined;
  const isCommand = mode === 'command';
  const isCall = !isCommand && replyTo !== undefined;
  const deadline = Number(headers['deadline'] ?? Number.NaN);
  const id = (packet && textOf(packet.id)) ?? messageId ?? '';
  return {
    transport: 'rabbitmq',
    name: packet ? (textOf(packet.pattern) ?? '') : (type ?? ''),
    metadata: readMetadata(headers),
    // a command without an id is one of its own each time that it is delivered
    idempotencyKey: new MessageKey(source, id || (isCommand ? uuidv7() : ''), type ?? '', raw.content),
    isCall,
    ...(isCall && Number.isFinite(deadline) && { deadline }),
    raw,
    data: packet ? packet.data : body,
    ...(isTooLarge && { refused: messageTooLarge() }),
    ...(packet && { packet }),
    // a command is a command even if its sender waits: it has no answer
    ...(isCall && { replyTo }),
  };
};

/** `payments.charge-payment: shop.payments.v1.PaymentsService/ChargePayment 0199…`, on one line. */
export const originOf = (queue: string, { properties: { type, messageId } }: ConsumeMessage): string => {
  const named = [type, messageId].filter((one) => typeof one === 'string').join(' ');
  return `${queue}: ${named.replace(/\s+/g, ' ').trim() || 'a message without type and id'}`;
};

/** How often a message was tried before it came to a retry queue. */
export const attemptsOf = ({ properties }: ConsumeMessage): number => Number(properties.headers?.['x-attempts']) || 0;

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

const reply = ({ raw, name }: Delivery, json: string, contentType = 'application/json'): Reply => {
  const { correlationId, messageId } = raw.properties;
  const properties = { contentType, correlationId: correlationId ?? messageId, ...(name && { type: name }) };
  return { content: Buffer.from(json), properties };
};

const isPacket = (body: unknown): body is NestPacket =>
  typeof body === 'object' && body !== null && 'pattern' in body && 'data' in body;

const textOf = (given: unknown): string | undefined => (typeof given === 'string' && given ? given : undefined);

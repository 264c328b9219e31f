import { notImplemented, preconditionFailed, unexpectedFrame } from '../errors.ts';
import type { Memory } from '../vhost/memory.ts';
import { keysIn, type Message, ttlOf } from '../vhost/message.ts';
import { type Arguments, idOf } from '../wire/methods.ts';
import { type Properties, readProperties, writeProperties } from '../wire/properties.ts';
import { Reader } from '../wire/reader.ts';
import { REPLY_TO } from './reply-to.ts';

/** RabbitMQ's limit: https://www.rabbitmq.com/docs/configure#config-items */
const MAX_MESSAGE_SIZE = 128 * 1024 * 1024;
const [BASIC] = idOf('basic.publish');

/** A publish whose content has arrived completely. */
export interface Publication {
  args: Arguments<'basic.publish'>;
  properties: Properties;
  message: Pick<Message, 'exchange' | 'routingKey' | 'properties' | 'body'>;
  /** Whether the memory limit leaves no room for it. */
  refused: boolean;
}

interface Incoming {
  args: Arguments<'basic.publish'>;
  /** Set by the content header. */
  header?: { size: number; properties: Buffer };
  parts: Buffer[];
  received: number;
  /** Octets reserved in memory. */
  reserved: number;
  refused: boolean;
}

/** Assembles a message from basic.publish, content header and body frames (spec 4.2.6). */
export class Publishing {
  private incoming?: Incoming;
  private readonly memory: Memory;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /** Whether content must follow before the next method. */
  get expectsContent(): boolean {
    return this.incoming !== undefined;
  }

  start(args: Arguments<'basic.publish'>): void {
    this.incoming = { args, parts: [], received: 0, reserved: 0, refused: false };
    if (args.immediate) throw notImplemented('immediate=true');
  }

  /** Content header: class, weight, body size, properties (spec 4.2.6.1). Returns the message if it has no body. */
  header(payload: Buffer): Publication | undefined {
    const { incoming } = this;
    if (!incoming) throw unexpectedFrame('expected method frame, got non method frame instead');
    if (incoming.header) throw unexpectedFrame('expected content body, got non content body frame instead');
    const reader = new Reader(payload);
    const classId = reader.short();
    reader.short(); // weight
    if (classId !== BASIC)
      throw unexpectedFrame(`expected content header for class ${BASIC}, got one for class ${classId} instead`);
    const size = reader.longlong();
    if (size > MAX_MESSAGE_SIZE)
      throw preconditionFailed(`message size ${size} is larger than max size ${MAX_MESSAGE_SIZE}`);
    incoming.header = { size, properties: Buffer.from(payload.subarray(reader.offset)) };
    return size ? undefined : this.end(incoming);
  }

  /** A body frame (spec 4.2.6.2). Returns the message if it was the last frame. */
  body(payload: Buffer): Publication | undefined {
    const { incoming } = this;
    if (!incoming) throw unexpectedFrame('expected method frame, got non method frame instead');
    const { header } = incoming;
    if (!header)
      throw unexpectedFrame(`expected content header for class ${BASIC}, got non content header frame instead`);
    if (!payload.length) return undefined;
    incoming.received += payload.length;
    if (incoming.received > header.size) throw unexpectedFrame('the body is longer than its header says');
    const last = incoming.received === header.size;
    if (!this.memory.fits(payload.length)) this.refuse(incoming);
    else if (!incoming.refused) this.keep(incoming, payload, last);
    return last ? this.end(incoming) : undefined;
  }

  /** The message for queues: with its reply address filled in, without what RabbitMQ does not pass on. */
  complete(message: Publication['message'], properties: Properties, replyKey: () => string): Message {
    const { headers, priority = 0 } = properties;
    const replyTo = properties.replyTo === REPLY_TO ? replyKey() : properties.replyTo;
    const additionalKeys = [...keysIn(headers, 'CC'), ...keysIn(headers, 'BCC')];
    const complete = { ...message, additionalKeys, priority, ttl: ttlOf(properties) };
    if (replyTo === properties.replyTo && !headers?.has('BCC')) return complete;
    const kept = headers && new Map(headers);
    kept?.delete('BCC');
    return { ...complete, properties: writeProperties({ ...properties, replyTo, headers: kept }) };
  }

  dispose(): void {
    if (this.incoming) this.refuse(this.incoming);
    this.incoming = undefined;
  }

  /** Copies all parts but the last, which is copied when the message is assembled. */
  private keep(incoming: Incoming, payload: Buffer, last: boolean): void {
    incoming.parts.push(last ? payload : Buffer.from(payload));
    if (last) return;
    incoming.reserved += payload.length;
    this.memory.reserve(payload.length);
  }

  private refuse(incoming: Incoming): void {
    incoming.refused = true;
    incoming.parts = [];
    this.memory.reserve(-incoming.reserved);
    incoming.reserved = 0;
  }

  private end(incoming: Incoming): Publication {
    this.incoming = undefined;
    const { args, header, parts, reserved, refused } = incoming;
    const { exchange, routingKey } = args;
    this.memory.reserve(-reserved);
    // own memory: a slice of a pool would keep the whole pool alive
    const bytes = Buffer.allocUnsafeSlow(header!.properties.length + (refused ? 0 : incoming.received));
    let length = 0;
    for (const part of [header!.properties, ...parts]) length += part.copy(bytes, length);
    const encoded = bytes.subarray(0, header!.properties.length);
    const message = { exchange, routingKey, properties: encoded, body: bytes.subarray(encoded.length) };
    const fits = this.memory.fits(bytes.length);
    return { args, properties: readProperties(encoded), message, refused: refused || !fits };
  }
}

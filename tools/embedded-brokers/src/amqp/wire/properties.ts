import { AmqpError } from '../errors.ts';
import type { Field, Table } from './fields.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** Properties of class basic (spec 1.8.2) in the order of their flags, from bit 15 down. */
const PROPERTIES = [
  ['contentType', 'shortstr'],
  ['contentEncoding', 'shortstr'],
  ['headers', 'table'],
  ['deliveryMode', 'octet'],
  ['priority', 'octet'],
  ['correlationId', 'shortstr'],
  ['replyTo', 'shortstr'],
  ['expiration', 'shortstr'],
  ['messageId', 'shortstr'],
  ['timestamp', 'timestamp'],
  ['type', 'shortstr'],
  ['userId', 'shortstr'],
  ['appId', 'shortstr'],
  ['clusterId', 'shortstr'],
] as const;

export interface Properties {
  contentType?: string;
  contentEncoding?: string;
  headers?: Table;
  deliveryMode?: number;
  priority?: number;
  correlationId?: string;
  replyTo?: string;
  expiration?: string;
  messageId?: string;
  timestamp?: bigint;
  type?: string;
  userId?: string;
  appId?: string;
  clusterId?: string;
}

/** Reads the property flags and the property list of a content header (spec 4.2.6.1). */
export const readProperties = (bytes: Buffer): Properties => {
  const reader = new Reader(bytes);
  const flags = reader.short();
  const properties: Record<string, unknown> = {};
  PROPERTIES.forEach(([name, type], index) => {
    if (flags & (0x8000 >> index)) properties[name] = reader[type]();
  });
  if (!reader.done || flags & 0b11) throw new AmqpError('SYNTAX_ERROR', 'malformed properties');
  return properties;
};

export const writeProperties = (properties: Properties): Buffer => {
  const writer = new Writer();
  writer.short(
    PROPERTIES.reduce((flags, [name], i) => (properties[name] === undefined ? flags : flags | (0x8000 >> i)), 0),
  );
  for (const [name, type] of PROPERTIES) {
    const value = properties[name];
    if (value !== undefined) (writer[type] as (value: unknown) => void).call(writer, value);
  }
  return writer.take();
};

/** Returns the properties with one header set. */
export const withHeader = (bytes: Buffer, name: string, field: Field): Buffer => {
  const properties = readProperties(bytes);
  return writeProperties({ ...properties, headers: new Map(properties.headers).set(name, field) });
};

import { preconditionFailed } from '../errors.ts';
import type { Table } from '../wire/fields.ts';
import type { Content } from '../wire/frames.ts';
import type { Properties } from '../wire/properties.ts';
import { MAX_EXPIRY } from './queue-arguments.ts';

/** A message in queues. They share it, so it never changes. */
export interface Message extends Content {
  exchange: string;
  routingKey: string;
  /** Additional routing keys, from the headers CC and BCC: https://www.rabbitmq.com/docs/sender-selected */
  additionalKeys: readonly string[];
  /** From the property of that name, by default 0. */
  priority: number;
  /** Milliseconds in a queue until it expires, from the property `expiration`. */
  ttl: number;
}

/** The property `expiration` in milliseconds. Throws 406 with RabbitMQ's text if it is not a number. */
export const ttlOf = ({ expiration }: Properties): number => {
  if (expiration === undefined) return Infinity;
  const [, digits, rest] = /^([+-]?\d+)?(.*)$/s.exec(expiration)!;
  const refuse = (why: string) => preconditionFailed(`invalid expiration '${expiration}': ${why}`);
  if (digits === undefined) throw refuse('no_integer');
  if (rest) throw refuse(`{leftover_string,${JSON.stringify(rest)}}`);
  const ttl = Number(digits);
  if (ttl < 0) throw refuse(`{value_negative,${ttl}}`);
  if (ttl > MAX_EXPIRY) throw refuse(`{value_too_large,${digits}}`);
  return ttl;
};

/** The routing keys in the header CC or BCC. */
export const keysIn = (headers: Table | undefined, name: 'CC' | 'BCC'): string[] => {
  const field = headers?.get(name);
  if (!field) return [];
  if (field.type !== 'array')
    throw preconditionFailed(`invalid message: {unacceptable_type_in_header,"${name}",${field.type}}`);
  return field.value.flatMap(({ type, value }) => (type === 'longstr' ? String(value) : []));
};

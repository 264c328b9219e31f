import { preconditionFailed } from '../errors.ts';
import type { Table } from '../wire/fields.ts';
import type { Content } from '../wire/frames.ts';
import type { Properties } from '../wire/properties.ts';
import { MAX_EXPIRY } from './queue-arguments.ts';

/** A message as a queue holds it. Queues share it, and never change it. */
export interface Message extends Content {
  exchange: string;
  routingKey: string;
  /** Further keys from the headers CC and BCC: https://www.rabbitmq.com/docs/sender-selected */
  furtherKeys: readonly string[];
  /** Milliseconds from `expiration`, from when a queue gets it. */
  ttl: number;
}

/** Milliseconds that `expiration` gives; RabbitMQ's words when it is no number. */
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

/** What the header CC or BCC names. */
export const keysIn = (headers: Table | undefined, name: 'CC' | 'BCC'): string[] => {
  const field = headers?.get(name);
  if (!field) return [];
  if (field.type !== 'array')
    throw preconditionFailed(`invalid message: {unacceptable_type_in_header,"${name}",${field.type}}`);
  return field.value.flatMap(({ type, value }) => (type === 'longstr' ? String(value) : []));
};

import { isDeepStrictEqual } from 'node:util';
import { preconditionFailed } from '../errors.ts';
import type { Field, Table } from '../wire/fields.ts';

const KINDS = ['all', 'any', 'all-with-x', 'any-with-x'];

/** Throws 406 unless the binding argument `x-match` is one that headers exchanges know, or absent. */
export const expectMatchKind = (args: Table): void => {
  const field = args.get('x-match');
  if (!field) return;
  const { type, value } = field;
  if (type !== 'longstr')
    throw preconditionFailed(`Invalid x-match field type ${type} (value ${String(value)}); expected longstr`);
  if (!KINDS.includes(String(value)))
    throw preconditionFailed(
      `Invalid x-match field value <<"${String(value)}">>; expected all, any, all-with-x, or any-with-x`,
    );
};

/**
 * Whether a binding's arguments match a message's headers (spec 3.1.3.4). Values are compared without their types, and an
 * argument without a value only needs a header of its name. Names that begin with `x-` count only for the kinds `-with-x`:
 * https://www.rabbitmq.com/docs/exchanges#headers
 */
export const headersMatch = (args: Table, headers: Table): boolean => {
  const kind = String(args.get('x-match')?.value ?? 'all');
  const counts = (name: string) => (kind.endsWith('-with-x') ? name !== 'x-match' : !name.startsWith('x-'));
  const wanted = [...args].filter(([name]) => counts(name));
  const isMet = ([name, field]: [string, Field]): boolean => {
    const header = headers.get(name);
    return header !== undefined && (field.type === 'void' || isSame(field, header));
  };
  return kind.startsWith('any') ? wanted.some(isMet) : wanted.every(isMet);
};

const isSame = (one: Field, other: Field): boolean => isDeepStrictEqual(comparable(one), comparable(other));

/** Integers and timestamps are bigint here, so that 1 equals 1 of another size and yet not 1.0. */
const comparable = (field: Field): unknown => {
  switch (field.type) {
    case 'longstr':
    case 'binary':
      return Buffer.from(field.value);
    case 'bool':
    case 'void':
    case 'float':
    case 'double':
    case 'table':
    case 'array':
      return field.value;
    case 'decimal':
      return [field.value];
    default:
      return BigInt(field.value);
  }
};

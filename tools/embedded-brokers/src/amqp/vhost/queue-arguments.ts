import { notImplemented, preconditionFailed } from '../errors.ts';
import type { Field, Table } from '../wire/fields.ts';
import { expectSameArgument, INTEGERS, plain } from './equivalence.ts';

/** A queue's limits, read from its arguments; Infinity if not given. */
export interface Limits {
  quorum: boolean;
  messageTtl: number;
  expires: number;
  maxLength: number;
  maxBytes: number;
  rejectsPublish: boolean;
  /** Whether refused publishes go to the dead-letter exchange. */
  deadLettersRefused: boolean;
  deadLetterExchange?: string;
  deadLetterRoutingKey?: string;
  maxPriority: number;
  deliveryLimit: number;
  singleActiveConsumer: boolean;
}

/** The default for quorum queues in RabbitMQ 4 (RabbitMQ 3 has none): https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling */
const DEFAULT_DELIVERY_LIMIT = 20;

/** Arguments by queue type, in the order in which a redeclaration compares them: https://www.rabbitmq.com/docs/queues#optional-arguments */
const CLASSIC = [
  'x-expires',
  'x-message-ttl',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
  'x-overflow',
  'x-queue-mode',
  'x-queue-version',
  'x-single-active-consumer',
  'x-queue-type',
  'x-queue-master-locator',
];
const QUORUM = [
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-dead-letter-strategy',
  'x-expires',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-in-memory-length',
  'x-max-in-memory-bytes',
  'x-overflow',
  'x-single-active-consumer',
  'x-queue-type',
  'x-quorum-initial-group-size',
  'x-delivery-limit',
  'x-message-ttl',
  'x-queue-leader-locator',
];
const KNOWN = new Set([...CLASSIC, ...QUORUM]);

/** Checks a new queue's arguments, in RabbitMQ's order and with its error texts, and reads them. `title` names the queue in errors. */
export const readLimits = (args: Table, title: string): Limits => {
  check(args, title, ['x-queue-type']);
  const quorum = textOf(args, 'x-queue-type') === 'quorum';
  const known = quorum ? QUORUM : CLASSIC;
  check(
    args,
    title,
    Object.keys(CHECKS).filter((key) => known.includes(key)),
  );
  for (const key of args.keys())
    if (KNOWN.has(key) && !known.includes(key))
      throw preconditionFailed(
        `invalid arg '${key}' for ${title} of queue type rabbit_${quorum ? 'quorum' : 'classic'}_queue`,
      );
  if (textOf(args, 'x-queue-type') === 'stream') throw notImplemented("queue type 'stream'");
  const overflow = textOf(args, 'x-overflow');
  const deadLettersRefused = overflow === 'reject-publish-dlx' && !quorum; // for quorum queues it is drop-head
  const deliveryLimit = numberOf(args, 'x-delivery-limit', DEFAULT_DELIVERY_LIMIT);
  return {
    quorum,
    messageTtl: numberOf(args, 'x-message-ttl'),
    expires: numberOf(args, 'x-expires'),
    maxLength: numberOf(args, 'x-max-length'),
    maxBytes: numberOf(args, 'x-max-length-bytes'),
    rejectsPublish: overflow === 'reject-publish' || deadLettersRefused,
    deadLettersRefused,
    deadLetterExchange: textOf(args, 'x-dead-letter-exchange'),
    deadLetterRoutingKey: textOf(args, 'x-dead-letter-routing-key'),
    singleActiveConsumer: args.get('x-single-active-consumer')?.value === true,
    maxPriority: numberOf(args, 'x-max-priority', 0),
    deliveryLimit: quorum && deliveryLimit >= 0 ? deliveryLimit : Infinity,
  };
};

/** Throws 406 unless a declaration has the arguments of the existing queue. */
export const expectArguments = (args: Table, current: Table, title: string): void => {
  for (const key of textOf(current, 'x-queue-type') === 'quorum' ? QUORUM : CLASSIC) {
    const [received, existing] = [args.get(key), current.get(key)];
    const isDefault =
      key === 'x-queue-type' && [received, existing].every((type) => !type || plain(type) === 'classic');
    if (!isDefault) expectSameArgument(key, title, received, existing);
  }
};

const MAX_PRIORITY = 255;
/** Ten years, in milliseconds. */
export const MAX_EXPIRY = 315_360_000_000;

/** Returns what is wrong with an argument, as an Erlang term. */
type Check = (field: Field, args: Table) => string | undefined;

const integer: Check = ({ type }) => (INTEGERS.includes(type) ? undefined : `"expected integer, got ${type}"`);
const notNegative: Check = (field, args) =>
  integer(field, args) ?? (Number(field.value) < 0 ? `{value_negative,${plain(field)}}` : undefined);
const expiry: Check = (field, args) =>
  notNegative(field, args) ?? (Number(field.value) > MAX_EXPIRY ? `{value_too_large,${plain(field)}}` : undefined);
const notZero: Check = (field, args) =>
  integer(field, args) ?? (Number(field.value) === 0 ? '{value_zero,0}' : undefined);
const text: Check = ({ type }) => (type === 'longstr' ? undefined : `{unacceptable_type,${type}}`);
const flag: Check = ({ type }) => (type === 'bool' ? undefined : `{unacceptable_type,${type}}`);
const oneOf =
  (values: string[], otherwise: (value: string) => string): Check =>
  (field, args) =>
    text(field, args) ?? (values.includes(plain(field)) ? undefined : otherwise(plain(field)));

const CHECKS: Record<string, Check> = {
  'x-expires': (field, args) => notZero(field, args) ?? expiry(field, args),
  'x-message-ttl': expiry,
  'x-dead-letter-exchange': text,
  'x-dead-letter-routing-key': (field, args) =>
    text(field, args) ?? (args.has('x-dead-letter-exchange') ? undefined : 'routing_key_but_no_dlx_defined'),
  'x-dead-letter-strategy': oneOf(['at-most-once', 'at-least-once'], () => 'invalid_dlx_strategy'),
  'x-max-length': notNegative,
  'x-max-length-bytes': notNegative,
  'x-max-priority': (field, args) =>
    notNegative(field, args) ??
    (Number(field.value) > MAX_PRIORITY ? `{max_value_exceeded,${plain(field)}}` : undefined),
  'x-overflow': oneOf(['drop-head', 'reject-publish', 'reject-publish-dlx'], () => 'invalid_overflow'),
  'x-queue-mode': oneOf(['default', 'lazy'], (value) => `"unsupported queue mode '${value}'"`),
  'x-single-active-consumer': flag,
  'x-queue-type': oneOf(['classic', 'quorum', 'stream'], (value) => `"unsupported queue type '${value}'"`),
  'x-delivery-limit': integer,
  'x-priority': integer,
};

/** Checks a consumer's arguments and reads its priority. */
export const readPriority = (args: Table, title: string): number => {
  if (args.has('x-credit')) throw notImplemented("consumer argument 'x-credit'");
  check(args, title, ['x-priority']);
  return numberOf(args, 'x-priority', 0);
};

const check = (args: Table, title: string, keys: string[]): void => {
  for (const key of keys) {
    const field = args.get(key);
    const wrong = field && CHECKS[key]!(field, args);
    if (wrong) throw preconditionFailed(`invalid arg '${key}' for ${title}: ${wrong}`);
  }
};

const textOf = (args: Table, key: string): string | undefined => {
  const field = args.get(key);
  return field && plain(field);
};

const numberOf = (args: Table, key: string, otherwise = Infinity): number => {
  const field = args.get(key);
  return field ? Number(field.value) : otherwise;
};

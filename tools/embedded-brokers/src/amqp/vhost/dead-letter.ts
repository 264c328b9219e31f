import { type Field, long, longstr, type Table } from '../wire/fields.ts';
import { readProperties, writeProperties } from '../wire/properties.ts';
import { keysIn, type Message } from './message.ts';
import type { Limits } from './queue-arguments.ts';

/** Why a message left its queue without being consumed: https://www.rabbitmq.com/docs/dlx */
export type Reason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** The queue that a message left. */
export interface DeadLetteringQueue {
  readonly name: string;
  readonly limits: Pick<Limits, 'deadLetterExchange' | 'deadLetterRoutingKey'>;
}

/** The message for the dead-letter exchange: without its expiration, and with this death added to x-death. */
export const deadLetterOf = (message: Message, reason: Reason, { name, limits }: DeadLetteringQueue): Message => {
  const properties = readProperties(message.properties);
  const { deadLetterExchange = '', deadLetterRoutingKey } = limits;
  const death: Table = new Map<string, Field>([
    ['count', long(1)],
    ['reason', longstr(reason)],
    ['queue', longstr(name)],
    ['time', { type: 'timestamp', value: BigInt(Math.floor(Date.now() / 1000)) }],
    ['exchange', longstr(message.exchange)],
    [
      'routing-keys',
      { type: 'array', value: [message.routingKey, ...keysIn(properties.headers, 'CC')].map((key) => longstr(key)) },
    ],
  ]);
  if (properties.expiration !== undefined) death.set('original-expiration', longstr(properties.expiration));
  const headers = withDeath(new Map(properties.headers), death);
  if (deadLetterRoutingKey !== undefined) headers.delete('CC');
  return {
    ...message,
    exchange: deadLetterExchange,
    routingKey: deadLetterRoutingKey ?? message.routingKey,
    additionalKeys: deadLetterRoutingKey === undefined ? message.additionalKeys : [],
    properties: writeProperties({ ...properties, headers, expiration: undefined }),
    ttl: Infinity,
  };
};

/** x-death has one entry per queue and reason, latest first. The very first death also has headers of its own. */
const withDeath = (headers: Table, death: Table): Table => {
  const deaths = deathsIn(headers);
  const sameAs = (other: Table) =>
    textIn(other, 'queue') === textIn(death, 'queue') && textIn(other, 'reason') === textIn(death, 'reason');
  const earlier = deaths?.find(sameAs);
  const count = earlier?.get('count')?.value;
  const latest = earlier ? new Map(earlier).set('count', long(Number(count ?? 0) + 1)) : death;
  if (!headers.has('x-death'))
    for (const key of ['reason', 'queue', 'exchange']) headers.set(`x-first-death-${key}`, death.get(key)!);
  const entries = [latest, ...(deaths ?? []).filter((other) => !sameAs(other))];
  return headers.set('x-death', { type: 'array', value: entries.map((value) => ({ type: 'table', value })) });
};

/**
 * Whether the message came from `queue` before and no client has rejected it since. Such a message would cycle for ever, so
 * it is dropped. A rejection is a client's decision and never counts as a cycle.
 */
export const isCycle = (message: Message, reason: Reason, queue: { name: string }): boolean => {
  if (reason === 'rejected') return false;
  const deaths = deathsIn(readProperties(message.properties).headers) ?? [];
  const last = deaths.findIndex((death) => textIn(death, 'queue') === queue.name);
  return last >= 0 && deaths.slice(0, last + 1).every((death) => textIn(death, 'reason') !== 'rejected');
};

const deathsIn = (headers: Table | undefined): Table[] | undefined => {
  const field = headers?.get('x-death');
  return field?.type === 'array'
    ? field.value.flatMap((death) => (death.type === 'table' ? death.value : []))
    : undefined;
};

const textIn = (table: Table, key: string): string => String(table.get(key)?.value);

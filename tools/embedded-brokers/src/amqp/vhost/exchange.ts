import { isDeepStrictEqual } from 'node:util';
import { AmqpError, inequivalent } from '../errors.ts';
import type { Field, Table } from '../wire/fields.ts';
import { readProperties } from '../wire/properties.ts';
import { expectSameArgument } from './equivalence.ts';
import { expectMatchKind, headersMatch } from './headers-match.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';

export const ALTERNATE = 'alternate-exchange';
const TYPES = ['direct', 'fanout', 'topic', 'headers'] as const;
export type ExchangeType = (typeof TYPES)[number];

/** Exchanges of every virtual host (spec 3.1.3.1). */
export const PREDECLARED: [name: string, type: ExchangeType][] = [
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.topic', 'topic'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
];

export const exchangeType = (type: string): ExchangeType => {
  const known = TYPES.find((name) => name === type);
  if (!known) throw new AmqpError('COMMAND_INVALID', `unknown exchange type '${type}'`);
  return known;
};

export interface ExchangeSettings {
  type: ExchangeType;
  durable: boolean;
  autoDelete: boolean;
  internal: boolean;
  /** The exchange for messages that have no other destination: https://www.rabbitmq.com/docs/ae */
  alternate?: Field;
}

/** What an exchange is bound to. */
export type Destination = Queue | Exchange;

interface Binding {
  destination: Destination;
  args: Table;
  words: string[];
}

/** Routes messages to queues, and to further exchanges, by bindings (spec 3.1.3). */
export class Exchange {
  readonly name: string;
  readonly title: string;
  readonly settings: ExchangeSettings;
  private readonly byKey = new Map<string, Binding[]>();
  private hadBindings = false;

  constructor(name: string, vhost: string, settings: ExchangeSettings) {
    this.name = name;
    this.title = `exchange '${name}' in vhost '${vhost}'`;
    this.settings = settings;
  }

  get inUse(): boolean {
    return this.byKey.size > 0;
  }

  /** Whether an auto-delete exchange had bindings and has none left. */
  get isDone(): boolean {
    return this.settings.autoDelete && this.hadBindings && !this.inUse;
  }

  /** Throws 406 unless a declaration matches this exchange. */
  expect(settings: ExchangeSettings): void {
    const keys = { type: 'type', durable: 'durable', autoDelete: 'auto_delete', internal: 'internal' } as const;
    for (const [field, key] of Object.entries(keys) as [keyof typeof keys, string][])
      if (settings[field] !== this.settings[field])
        throw inequivalent(key, this.title, `'${settings[field]}'`, `'${this.settings[field]}'`);
    expectSameArgument(ALTERNATE, this.title, settings.alternate, this.settings.alternate);
  }

  /** Throws 406 for binding arguments that this type of exchange cannot have. */
  expectArguments(args: Table): void {
    if (this.settings.type === 'headers') expectMatchKind(args);
  }

  bind(destination: Destination, key: string, args: Table): void {
    if (this.isBound(destination, key, args)) return;
    this.hadBindings = true;
    this.byKey.set(key, [...(this.byKey.get(key) ?? []), { destination, args, words: wordsOf(key) }]);
  }

  isBound(destination: Destination, key: string, args: Table): boolean {
    return this.byKey.get(key)?.some((binding) => isOf(binding, destination, args)) ?? false;
  }

  unbind(destination: Destination, key: string, args: Table): void {
    this.keep(key, (binding) => !isOf(binding, destination, args));
  }

  forget(destination: Destination): void {
    for (const key of [...this.byKey.keys()]) this.keep(key, (binding) => binding.destination !== destination);
  }

  /** Adds the destinations of a message; false if it has none here. */
  route(message: Message, destinations: Set<Destination>): boolean {
    const keys = [message.routingKey, ...message.additionalKeys];
    const isMatch = this.matcher(message, keys);
    const candidates = this.settings.type === 'direct' ? keys.map((key) => this.byKey.get(key)) : this.byKey.values();
    let routed = false;
    for (const bindings of candidates)
      for (const binding of bindings ?? []) {
        if (!isMatch(binding)) continue;
        destinations.add(binding.destination);
        routed = true;
      }
    return routed;
  }

  private matcher(message: Message, keys: string[]): (binding: Binding) => boolean {
    const { type } = this.settings;
    if (type === 'fanout' || type === 'direct') return () => true;
    if (type === 'headers') {
      const headers: Table = readProperties(message.properties).headers ?? new Map();
      return ({ args }) => headersMatch(args, headers);
    }
    const all = keys.map(wordsOf);
    return (binding) => all.some((words) => matches(binding.words, words));
  }

  private keep(key: string, wanted: (binding: Binding) => boolean): void {
    const kept = this.byKey.get(key)?.filter(wanted);
    if (kept?.length) this.byKey.set(key, kept);
    else this.byKey.delete(key);
  }
}

const isOf = (binding: Binding, destination: Destination, args: Table): boolean =>
  binding.destination === destination && isDeepStrictEqual(binding.args, args);

const wordsOf = (key: string): string[] => (key === '' ? [] : key.split('.'));

/** `*` matches one word, `#` zero or more words (spec 3.1.3.3). */
export const matches = (pattern: readonly string[], words: readonly string[]): boolean => {
  // the last '#' and the word it has reached: backtracking to it is enough, as with globs
  let [p, w, hash, reached] = [0, 0, -1, 0];
  while (w < words.length)
    if (p < pattern.length && pattern[p] === '#') [hash, reached] = [p++, w];
    else if (p < pattern.length && (pattern[p] === '*' || pattern[p] === words[w])) [p, w] = [p + 1, w + 1];
    else if (hash >= 0) [p, w] = [hash + 1, ++reached];
    else return false;
  while (pattern[p] === '#') p++;
  return p === pattern.length;
};

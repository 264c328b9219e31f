import { Random } from '@fourfold/embedded-brokers/random';

/** `kill`: SIGKILL. `stop`: SIGTERM. `freeze`: SIGSTOP for a while. `disconnect`, `silence`: of all its connections, for a while. */
export const KINDS = ['kill', 'stop', 'freeze', 'disconnect', 'silence'] as const;
export type Kind = (typeof KINDS)[number];

export const APPS = ['gateway', 'orders', 'inventory', 'payments', 'notifications'] as const;
export const SERVERS = ['rabbitmq', 'kafka', 'database'] as const;
export type Server = (typeof SERVERS)[number];

/** One thing that goes wrong. Times are in seconds. */
export interface Fault {
  /** After the start of the run. */
  at: number;
  kind: Kind;
  /** A server, one of the two processes of an app (`orders 2`), or both. */
  targets: readonly string[];
  /** Until it ends; 0 for a kill and a stop, whose end is up to what they hit. */
  lasts: number;
}

/** Seconds of calm before the first faults, and after each group of them: long enough to recover from most. */
const CALM = [5, 12] as const;
/** Seconds that a kill or a stop is given until the next group, at least. */
const RESTART = 8;
const LASTS: Record<Kind, readonly [from: number, to: number]> = {
  kill: [0, 0],
  stop: [0, 0],
  freeze: [5, 40],
  disconnect: [1, 15],
  silence: [5, 40],
};
/** How many faults overlap: most come alone. Dealt like a deck, so that each seed has its share. */
const SIZES = [1, 1, 1, 1, 2, 2, 3] as const;

/**
 * The faults of a seed, in order of time; the same for the same seed, and the first ones the same however many are asked for.
 * All kinds of faults of all apps and servers come, in a random order, before one of them comes again.
 */
export function planOf(seed: number, count: number): Fault[] {
  const random = new Random(seed);
  const faults: Fault[] = [];
  const deck: Card[] = [];
  const sizes: number[] = [];
  let at = 0;
  while (faults.length < count) {
    if (!sizes.length) sizes.push(...shuffled(SIZES, random));
    const size = sizes.pop()!;
    if (deck.length < size) deck.push(...shuffled(DECK, random));
    at += between(random, CALM);
    const group = deal(deck, size).map(({ kind, on }) => ({
      at: at + random.below(4),
      kind,
      targets: targetsOf(on, random),
      lasts: between(random, LASTS[kind]),
    }));
    faults.push(...group.toSorted((one, other) => one.at - other.at));
    at = Math.max(...group.map((fault) => fault.at + (fault.lasts || RESTART)));
  }
  return faults.slice(0, count);
}

/** When the last fault is over. */
export function endOf(faults: readonly Fault[]): number {
  return Math.max(0, ...faults.map(({ at, lasts }) => at + lasts));
}

/** `freeze orders 2 for 12 s` */
export function wordsOf({ kind, targets, lasts }: Fault): string {
  return `${kind} ${targets.join(' and ')}${lasts ? ` for ${lasts} s` : ''}`;
}

interface Card {
  kind: Kind;
  on: (typeof APPS)[number] | Server;
}

const DECK: readonly Card[] = [...APPS, ...SERVERS].flatMap((on) => KINDS.map((kind) => ({ kind, on })));

/** Takes cards from the deck that hit different things. */
function deal(deck: Card[], size: number): Card[] {
  const hand: Card[] = [];
  for (let at = 0; at < deck.length && hand.length < size;)
    if (hand.some(({ on }) => on === deck[at]!.on)) at++;
    else hand.push(...deck.splice(at, 1));
  return hand;
}

function targetsOf(on: Card['on'], random: Random): string[] {
  if (isServer(on)) return [on];
  const both = [on, `${on} 2`];
  return random.chance(25) ? both : [random.of(both)];
}

export function isServer(name: string): name is Server {
  return (SERVERS as readonly string[]).includes(name);
}

/** A whole number, both ends included. */
function between(random: Random, [from, to]: readonly [number, number]): number {
  return from + random.below(to - from + 1);
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const left = [...values];
  return values.map(() => left.splice(random.below(left.length), 1)[0]!);
}

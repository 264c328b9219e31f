import { randomOf } from './random.ts';

/** What was done, to whom: a queue, a partition, a group, or a request of a client. */
export interface Decision<Kind extends string> {
  kind: Kind;
  place: string;
  /** The opportunity at this place, from 1. */
  ordinal: number;
}

export interface DecisionsOptions<Kind extends string> {
  seed: number;
  /** How often of a thousand opportunities each happens; what is left out never does. */
  profile?: Partial<Record<Kind, number>>;
  /** All that there are. */
  kinds: Readonly<Record<Kind, number>>;
  /** Is told of each. */
  onFault?: (fault: Decision<Kind>) => void;
}

/** Milliseconds. */
const LONGEST_DELAY = 100;
const LONGEST_STATE = 500;

/**
 * Decides what goes wrong. Each place has its own sequence: the n-th opportunity there ends alike for the same seed, whatever
 * happens elsewhere meanwhile.
 */
export class Decisions<Kind extends string> {
  private seed: number | undefined;
  private readonly profile: Partial<Record<Kind, number>>;
  private readonly onFault: (fault: Decision<Kind>) => void;
  private readonly ordinals = new Map<string, number>();
  /** Until when what has happened at a place lasts, in milliseconds since the epoch. */
  private readonly until = new Map<string, number>();

  constructor({ seed, kinds, profile = kinds, onFault = () => {} }: DecisionsOptions<Kind>) {
    for (const [kind, rate] of Object.entries<number | undefined>(profile)) {
      if (!(kind in kinds))
        throw new TypeError(`faults: ${kind} is unknown; there are ${Object.keys(kinds).join(', ')}`);
      if (rate !== undefined && !(rate >= 0 && rate <= 1000))
        throw new TypeError(`faults: ${kind} must be 0 to 1000, not ${rate}`);
    }
    this.profile = profile;
    this.onFault = onFault;
    this.begin(seed);
  }

  /** From here on as the seed has it. */
  begin(seed: number): void {
    if (!Number.isSafeInteger(seed)) throw new TypeError(`faults: the seed must be an integer, not ${seed}`);
    this.seed = seed;
    this.ordinals.clear();
    this.until.clear();
  }

  /** From here on nothing goes wrong. */
  end(): void {
    this.seed = undefined;
  }

  happens(kind: Kind, place: string): boolean {
    const rate = this.profile[kind] ?? 0;
    if (this.seed === undefined || rate === 0) return false;
    const key = `${kind} ${place}`;
    const ordinal = (this.ordinals.get(key) ?? 0) + 1;
    this.ordinals.set(key, ordinal);
    if (this.fraction(key, ordinal) * 1000 >= rate) return false;
    this.onFault({ kind, place, ordinal });
    return true;
  }

  /** Milliseconds to wait; 0 if it does not happen. */
  delay(kind: Kind, place: string): number {
    return this.happens(kind, place) ? this.duration(kind, place, LONGEST_DELAY) : 0;
  }

  /**
   * Whether it happens, or has happened here and lasts: for up to half a second. Then half a second passes before it may happen
   * again, or else those who ask often would keep it up for as long as they ask.
   */
  lasts(kind: Kind, place: string): boolean {
    if (this.seed === undefined) return false;
    const key = `${kind} ${place}`;
    const since = Date.now() - (this.until.get(key) ?? 0);
    if (since < LONGEST_STATE) return since < 0;
    if (!this.happens(kind, place)) return false;
    this.until.set(key, Date.now() + this.duration(kind, place, LONGEST_STATE));
    return true;
  }

  private duration(kind: Kind, place: string, longest: number): number {
    const key = `${kind} ${place}`;
    return 1 + Math.floor(this.fraction(`${key} duration`, this.ordinals.get(key)!) * longest);
  }

  private fraction(key: string, ordinal: number): number {
    return randomOf(hashOf(`${this.seed} ${key} ${ordinal}`))();
  }
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
};

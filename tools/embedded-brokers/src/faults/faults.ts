import { randomOf } from './random.ts';

/** What may go wrong, within what the protocols allow a correct broker to do, and how often of a thousand opportunities. */
export const UNLUCKY = {
  /** A publish gets basic.nack, and is not enqueued. */
  'amqp.publish-refused': 10,
  /** A message is enqueued; the connection is lost before its confirm. */
  'amqp.confirm-lost': 10,
  /** The connection is lost before an acknowledgement is applied: the message is delivered again. */
  'amqp.acknowledgement-lost': 10,
  /** A consumer gets nothing for up to 100 ms. */
  'amqp.delivery-delayed': 50,
  /** The connection is lost after a delivery. */
  'amqp.connection-lost': 5,
  /** The channel is closed after a delivery, as if its acknowledgement had come too late. */
  'amqp.channel-closed': 5,
  /** The consumer is cancelled after a delivery, as when a queue gets a new leader. */
  'amqp.consumer-cancelled': 5,
  /** The connection is lost before a request is done. */
  'kafka.request-lost': 3,
  /** A request is done; the connection is lost before its answer. */
  'kafka.answer-lost': 3,
  /** An answer comes up to 100 ms later. */
  'kafka.answer-delayed': 20,
  /** A partition has another leader: nothing is appended or read. */
  'kafka.not-leader': 10,
  /** A group has another coordinator: nothing is done. */
  'kafka.not-coordinator': 10,
  /** A heartbeat finds a rebalance. */
  'kafka.rebalance': 10,
  /** A heartbeat comes too late: its member is not known any more. */
  'kafka.session-expired': 5,
} as const;

export type FaultKind = keyof typeof UNLUCKY;

/** How often of a thousand opportunities each happens; what is left out never does. */
export type Profile = Partial<Record<FaultKind, number>>;

/** What was done, to whom: a queue, a partition, a group, or a request of a client. */
export interface Fault {
  kind: FaultKind;
  place: string;
  /** The opportunity at this place, from 1. */
  ordinal: number;
}

export interface FaultsOptions {
  seed: number;
  profile?: Profile;
  /** Is told of each. */
  onFault?: (fault: Fault) => void;
}

const LONGEST_DELAY = 100;

/**
 * Decides what goes wrong. Each place has its own sequence: the n-th opportunity there ends alike for the same seed, whatever
 * happens elsewhere meanwhile.
 */
export class Faults {
  private seed: number | undefined;
  private readonly profile: Profile;
  private readonly onFault: (fault: Fault) => void;
  private readonly ordinals = new Map<string, number>();

  constructor({ seed, profile = UNLUCKY, onFault = () => {} }: FaultsOptions) {
    for (const [kind, rate] of Object.entries(profile)) {
      if (!(kind in UNLUCKY))
        throw new TypeError(`faults: ${kind} is unknown; there are ${Object.keys(UNLUCKY).join(', ')}`);
      if (!(rate >= 0 && rate <= 1000)) throw new TypeError(`faults: ${kind} must be 0 to 1000, not ${rate}`);
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
  }

  /** From here on nothing goes wrong. */
  end(): void {
    this.seed = undefined;
  }

  happens(kind: FaultKind, place: string): boolean {
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
  delay(kind: FaultKind, place: string): number {
    if (!this.happens(kind, place)) return 0;
    const key = `${kind} ${place}`;
    return 1 + Math.floor(this.fraction(`${key} delay`, this.ordinals.get(key)!) * LONGEST_DELAY);
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

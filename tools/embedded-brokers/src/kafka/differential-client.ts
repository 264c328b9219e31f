import { Kafka, logLevel } from 'kafkajs';

/** kafkajs's own class for one connection: its calls are single requests, without retries. */
export interface Wire {
  disconnect(): Promise<void>;
  [request: string]: (input?: unknown) => Promise<any>;
}

/** kafkajs without noise; few retries, as a refusal is a result like any other. */
export const kafkaAt = (brokers: string): Kafka =>
  new Kafka({ brokers: [brokers], clientId: 'script', logLevel: logLevel.NOTHING, retry: { retries: 1 } });

/** A connection of its own, as requests on one are answered one after the other. */
export async function connect(brokers: string): Promise<Wire> {
  const kafka = kafkaAt(brokers);
  const createCluster = Object.getOwnPropertySymbols(kafka).find((symbol) => /createCluster/.test(String(symbol)))!;
  const cluster = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[createCluster]!({});
  await cluster.connect();
  return cluster.brokerPool.seedBroker;
}

interface Cluster {
  connect(): Promise<void>;
  brokerPool: { seedBroker: Wire };
}

/** Random numbers that are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to `limit`, without it. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  list<T>(most: number, make: (at: number) => T): T[] {
    return Array.from({ length: 1 + this.below(most) }, (_, at) => make(at));
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

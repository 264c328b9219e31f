import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@fourfold/embedded-brokers/random';
import type { UnluckySystem } from './unlucky-system.ts';

/** What one history gives to the operations and invariants of a suite. */
export interface History<Client> {
  /** Unique: what is made in this history has it in its names or ids. */
  name: string;
  /** Choices that are the same for the same seed. */
  random: Random;
  client: Client;
  /** Asks the database of a service, past all faults. */
  query: UnluckySystem['query'];
  /**
   * Sends a request, with an idempotency key of its own, again and again until it is answered. Rejects with an answer that a
   * repetition would not change, and after a minute with the last error.
   */
  untilAnswered<T>(send: (idempotencyKey: string) => Promise<T>): Promise<T>;
}

/** Milliseconds between two requests that were not answered, and until one must be. */
const PAUSE = 50;
const LIMIT = 60_000;

/** Codes that say that a request may be sent again (docs/reliability.md). */
const AGAIN = ['ABORTED', 'CANCELLED', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE'];

export const historyOf = <Client>(seed: number, client: Client, system: UnluckySystem): History<Client> => {
  const name = `h${seed}-${randomUUID().slice(0, 8)}`;
  let requests = 0;
  return {
    name,
    random: new Random(seed),
    client,
    query: (service, text, values) => system.query(service, text, values),
    async untilAnswered(send) {
      const key = `${name}-${++requests}`;
      const until = Date.now() + LIMIT;
      for (;;)
        try {
          return await send(key);
        } catch (thrown) {
          if (!AGAIN.includes((thrown as { code: string }).code) || Date.now() > until) throw thrown;
          await sleep(PAUSE);
        }
    },
  };
};

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useBroker } from '../../testing/kafka/use-broker.ts';
import { playScript } from './play.ts';

const native = process.env['KAFKA_BROKERS'];
if (!native) throw new Error('KAFKA_BROKERS is not set: this compares with a real Kafka, for example 127.0.0.1:9092');

const SCRIPTS = 300;
const AT_ONCE = 4;
const run = `script-${randomUUID().slice(0, 8)}`;
const running = useBroker({ sessionTimeout: { min: 1000 } }); // as the native provider has it

const playBoth = async (seed: number, attempt: number) => {
  const [embedded, real] = await Promise.all(
    [running.broker.brokers, native].map((brokers) => playScript(seed, brokers, `${run}-${attempt}`)),
  );
  return { seed, embedded, real };
};

/** Plays a script that differs up to three times: scripts depend on timing. */
const compare = async (seed: number) => {
  for (let attempt = 0; ; attempt++) {
    const both = await playBoth(seed, attempt);
    if (attempt === 2 || String(both.embedded) === String(both.real)) return both;
  }
};

describe('the embedded broker and Kafka', () => {
  it(`behave the same in ${SCRIPTS} random scripts`, { timeout: 600_000 }, async () => {
    const seeds = Array.from({ length: SCRIPTS }, (_, n) => n + 1).values();
    const play = async () => {
      for (const seed of seeds) {
        const { embedded, real } = await compare(seed);
        expect(embedded, `script ${seed}`).toEqual(real);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, play));
  });
});

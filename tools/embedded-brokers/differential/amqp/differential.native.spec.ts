import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AmqpBroker, startAmqp } from '../../src/amqp/broker.ts';
import { firstDifference, play } from './play.ts';
import { type Script, scriptOf } from './script.ts';

const SCRIPTS = 300;
/** Scripts played at once: most of the time is spent waiting for the real broker. */
const AT_ONCE = 4 * availableParallelism();
/** Milliseconds without news that end a step. A script that differs is played again with longer waits before it counts. */
const QUIET = 25;
const QUIET_QUORUM = 60;

let embedded: AmqpBroker;

beforeAll(async () => {
  embedded = await startAmqp();
});
afterAll(() => embedded.close());

const native = (): string => {
  const url = process.env['RABBITMQ_URL'];
  if (!url) throw new Error('RABBITMQ_URL is not set: this spec needs a RabbitMQ');
  return url;
};

const differenceOf = async (script: Script): Promise<object | undefined> => {
  let difference;
  for (const patience of [1, 4, 8]) {
    const quiet = patience * (script.quorum ? QUIET_QUORUM : QUIET);
    const [one, other] = await Promise.all([play(embedded.url, script, quiet), play(native(), script, quiet)]);
    difference = firstDifference(one, other);
    if (!difference) return undefined;
  }
  return { seed: script.seed, ...difference };
};

describe('the embedded broker and RabbitMQ', () => {
  it(`behave the same in ${SCRIPTS} random scripts`, { timeout: 600_000 }, async () => {
    const differences: object[] = [];
    const seeds = Array.from({ length: SCRIPTS }, (_, index) => index + 1).values();
    const work = async () => {
      for (const seed of seeds) {
        const difference = await differenceOf(scriptOf(seed));
        if (difference) differences.push(difference);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(differences).toEqual([]);
  });
});

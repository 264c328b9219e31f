/** What a transport publishes about its messages on the observation point. */
import { ServiceError } from '@fourfold/contracts/service-error';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../src/observation.ts';
import { observations } from '../application.ts';
import { ConformanceContract } from '../contract.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { type Job, Work } from '../service.ts';
import { benchEach, failureOf, soon } from '../steps.ts';

const { wait } = ConformanceContract;
let seen: Observation[];
let stop: () => void;
const observe = () => {
  beforeEach(() => ({ seen, stop } = observations()));
  afterEach(() => stop());
};
const eventsOf = (operation: string) =>
  seen.filter((one) => one.operation === operation && one.event !== 'published').map(({ event }) => event);

export const callObservationsSuite = (open: OpenDriver): void => {
  describe('is observed: a call', () => {
    observe();
    const openBench = benchEach(open);

    it('that is handled, with its duration', async () => {
      const bench = await openBench();
      const { calls } = bench.client(await bench.serve());
      await calls.wait({ name: 'n' });
      const handled = seen.find(({ event }) => event === 'handled')!;
      expect(handled).toMatchObject({ transport: bench.driver.transport, operation: wait.name });
      expect(handled.duration).toBeGreaterThan(0);
      expect(seen.map(({ event }) => event)).toContain('received');
    });

    it.each([
      ['expectedly', 'NOT_FOUND', false],
      ['by a bug', 'bug', true],
    ])('that fails %s, once', async (_, how, isUnexpected) => {
      const bench = await openBench();
      const { calls } = bench.client(await bench.serve());
      const { code } = await failureOf(calls.fail({ how }));
      const failed = seen.filter(({ event }) => event === 'failed');
      expect(failed).toMatchObject([{ transport: bench.driver.transport, isUnexpected, error: { code } }]);
    });
  });
};

export const messageObservationsSuite = (open: OpenDriver): void => {
  describe('is observed: a message', () => {
    observe();
    const openBench = benchEach(open);

    it('from its publication to its end: tried again, then handled', async () => {
      const bench = await openBench();
      let attempts = 0;
      const job = () => {
        if (++attempts < 2) throw new ServiceError('ABORTED', 'BUSY', 'not now');
      };
      await bench.serve({ work: Object.assign(new Work(), { job }) });
      await bench.post({ subject: 's', number: 1 });
      const { type } = bench.driver.jobs!;
      await soon(() => expect(eventsOf(type)).toEqual(['received', 'failed', 'retried', 'received', 'handled']));
      await soon(() => expect(seen.filter(({ event }) => event === 'published')).toHaveLength(1));
      expect(seen.find(({ event }) => event === 'retried')).toMatchObject({ attempts: 1, error: { reason: 'BUSY' } });
    });

    it('that becomes a dead letter, with its place, attempts and error', async () => {
      const bench = await openBench();
      const job = (_: Job) => {
        throw new ServiceError('NOT_FOUND', 'GONE', 'gone');
      };
      await bench.serve({ work: Object.assign(new Work(), { job }) });
      await bench.post({ subject: 's', number: 1 });
      await soon(() => expect(seen.map(({ event }) => event)).toContain('dead-lettered'));
      const [letter] = await bench.driver.jobs!.deadLetters(1);
      expect(seen.find(({ event }) => event === 'dead-lettered')).toMatchObject({
        transport: bench.driver.transport,
        operation: bench.driver.jobs!.type,
        place: letter!.headers['x-origin'],
        attempts: 1,
        error: { code: 'NOT_FOUND', reason: 'GONE' },
      });
    });
  });
};

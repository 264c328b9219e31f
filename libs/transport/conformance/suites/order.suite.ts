/** Events: every group receives them, in order per key. */
import { describe, expect, it } from 'vitest';
import type { OpenDriver } from '../drivers/driver.ts';
import { Work } from '../service.ts';
import { benchEach, jobsOf, soon } from '../steps.ts';

const KEYS = 12;
const ROUNDS = 20;

export const orderSuite = (open: OpenDriver): void => {
  describe('an event', () => {
    const openBench = benchEach(open);

    it('is heard by every group, also by one that comes later, once by each', async () => {
      const bench = await openBench();
      const groups = [await bench.serve({ group: 'one' }), await bench.serve({ group: 'two' })];
      await bench.post(...jobsOf(10));
      const late = await bench.serve({ group: 'late' });
      const names = ['one', 'two', 'late'];
      for (const [at, { work }] of [...groups, late].entries()) {
        await soon(() => expect(work.jobs.length).toBeGreaterThanOrEqual(10));
        await soon(async () => expect(await bench.driver.jobs!.undone(names[at])).toBe(0));
        expect(work.jobs.toSorted((a, b) => a.number - b.number)).toEqual(jobsOf(10));
      }
    });

    it('waits for those of its key, and for no others', async () => {
      const bench = await openBench();
      const full = Promise.withResolvers<void>();
      let inHand = 0;
      let most = 0;
      const job = async () => {
        most = Math.max(most, ++inHand);
        if (inHand === 8) full.resolve(); // until then none ends: others must come beside
        await full.promise;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        inHand--;
      };
      const jobs = jobsOf(KEYS * ROUNDS, (n) => `key-${n % KEYS}`);
      await bench.serve({ group: 'before' }); // its start makes the topic
      await bench.post(...jobs);
      // all is there when it begins: kafkajs fetches again only when all of a fetch is done, and a first one may have few keys
      const { work } = await bench.serve({ group: 'after', work: Object.assign(new Work(), { job }), concurrency: 8 });
      await soon(() => expect(work.jobs.length).toBe(jobs.length));
      for (let key = 0; key < KEYS; key++) {
        const own = ({ subject }: { subject: string }) => subject === `key-${key}`;
        expect(work.jobs.filter(own)).toEqual(jobs.filter(own));
      }
      expect(most).toBe(8);
    });
  });
};

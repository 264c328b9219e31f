/** Messages that nobody waits for, and that cannot be handled for now: later attempts, order meanwhile, outages. */
import { ServiceError } from '@fourfold/contracts/service-error';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/observation.ts';
import type { MessageContext } from '../../src/context.ts';
import { observations } from '../application.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { type Job, type Service, Work } from '../service.ts';
import { benchEach, jobsOf, soon } from '../steps.ts';
import { can } from '../transports.ts';

const workOf = (job: Work['job']) => Object.assign(new Work(), { job });
const numbersOf = ({ work }: Service, subject?: string) =>
  work.jobs.filter((job) => !subject || job.subject === subject).map(({ number }) => number);
const waitsFor = ({ server }: Service) => server!.waitsFor!();
const away = () => new ServiceError('UNAVAILABLE', 'UNAVAILABLE', 'the bank is away');
const eventsOf = (seen: Observation[], event: Observation['event']) => seen.filter((one) => one.event === event);

export const retriesSuite = (open: OpenDriver): void => {
  describe('a job that fails', () => {
    const openBench = benchEach(open);

    it('is tried again later, while jobs of other keys go on', async () => {
      const bench = await openBench();
      const failing = Promise.withResolvers<void>();
      let tried = 0;
      const job = async ({ subject }: Job) => {
        if (subject === 'failing' && ++tried <= 3) throw new ServiceError('ABORTED', 'NOT_YET', 'not yet');
        if (subject === 'failing') await failing.promise;
      };
      const service = await bench.serve({
        work: workOf(job),
        retries: { attempts: 2, delays: [10, 10] },
        concurrency: 1,
      });
      await bench.post({ subject: 'failing', number: 1 }, { subject: 'other', number: 2 });
      await soon(() => expect(tried).toBe(4)); // two quick attempts, two later ones
      for (const number of [3, 4]) await bench.post({ subject: 'other', number });
      await soon(() => expect(numbersOf(service)).toEqual([2, 3, 4]));
      failing.resolve();
      await soon(() => expect(numbersOf(service)).toEqual([2, 3, 4, 1]));
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    });

    it('is a dead letter once its later attempts have failed, too', async () => {
      const bench = await openBench();
      const job = () => {
        throw new ServiceError('INTERNAL', 'BROKEN', 'broken');
      };
      await bench.serve({ work: workOf(job), retries: { attempts: 2, delays: [1, 1, 1] } });
      const message = bench.driver.jobs!.message({ subject: 's', number: 1 });
      await bench.driver.publisher!.publish([message]);
      const [letter] = await bench.driver.jobs!.deadLetters(1);
      expect(letter).toMatchObject({ body: message.body, type: message.type, id: message.id });
      expect(letter!.headers).toMatchObject({
        traceparent: message.metadata['traceparent'],
        'x-error-reason': 'BROKEN',
        'x-attempts': '5',
        'x-dead-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
      expect(letter!.headers).not.toHaveProperty('x-retry-id');
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    });

    it('to end is given up after its time; its handler hears of it, and others go on', async () => {
      const bench = await openBench();
      const signals: AbortSignal[] = [];
      const job = ({ number }: Job, { signal }: MessageContext) => {
        if (number === 1) signals.push(signal);
        return number === 1 ? new Promise<void>(() => {}) : undefined;
      };
      const retries = { attempts: 1, delays: [], timeout: 300 };
      const service = await bench.serve({ work: workOf(job), retries, concurrency: 1 });
      await bench.post(...jobsOf(3, () => 's'));
      await soon(() => expect(numbersOf(service)).toEqual([2, 3]));
      const [letter] = await bench.driver.jobs!.deadLetters(1);
      expect(letter!.headers).toMatchObject({ 'x-error-code': 'ABORTED', 'x-error-reason': 'ATTEMPT_TIMED_OUT' });
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    });

    it('holds up no stop; the next service goes on with it', async () => {
      const bench = await openBench();
      const { seen, stop } = observations();
      const job = () => {
        throw new ServiceError('ABORTED', 'NOT_YET', 'not yet');
      };
      const first = await bench.serve({ work: workOf(job), retries: { attempts: 1, delays: [60_000] } });
      await bench.post({ subject: 's', number: 1 }, { subject: 's', number: 2 });
      await soon(() => expect(eventsOf(seen, 'parked')).toHaveLength(2));
      stop();
      const began = performance.now();
      await bench.stop(first);
      expect(performance.now() - began).toBeLessThan(5000);
      const second = await bench.serve({ retries: { delays: [1] } });
      await soon(() => expect(numbersOf(second).toSorted()).toEqual([1, 2]));
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    });

    it('is waited for by those of its key, in order, also after a restart', async ({ skip }) => {
      const bench = await openBench();
      if (!can(bench.driver.transport, 'order by key')) skip();
      const jobs = jobsOf(40, (n) => `key-${n % 4}`);
      const refused = new Set([1, 2, 9, 14]); // of three keys
      const seen: Job[] = [];
      const handle = (job: Job) => {
        if (refused.delete(job.number)) throw new ServiceError('ABORTED', 'NOT_YET', 'not yet');
        seen.push(job);
      };
      const first = await bench.serve({ work: workOf(handle), retries: { attempts: 1, delays: [300, 300] } });
      await bench.post(...jobs.slice(0, 20));
      await soon(() => expect(refused.size).toBeLessThanOrEqual(2));
      await bench.stop(first);
      await bench.serve({ work: workOf(handle), retries: { attempts: 1, delays: [10, 10] } });
      await bench.post(...jobs.slice(20));
      await soon(() => expect(new Set(seen.map(({ number }) => number)).size).toBe(jobs.length));
      for (let key = 0; key < 4; key++) {
        // the second service may have been given again what the first had done: the inbox drops that
        const own = [...new Set(seen.filter(({ subject }) => subject === `key-${key}`).map(({ number }) => number))];
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    });
  });

  describe('an outage of what a handler depends on', () => {
    const openBench = benchEach(open);

    it('makes no dead letter and counts no attempt: jobs wait, and go on when it is over', async () => {
      const bench = await openBench();
      const { seen, stop } = observations();
      let isAway = true;
      let calls = 0;
      const job = () => {
        calls++;
        if (isAway) throw away();
      };
      const service = await bench.serve({ work: workOf(job), retries: { attempts: 1, delays: [] } });
      const jobs = jobsOf(100, (n) => `key-${n % 7}`);
      await bench.post(...jobs);
      await soon(() => expect(waitsFor(service)).toMatch(/is paused since .*: the bank is away/));
      expect(service.server!.isReady()).toBe(false);
      const before = calls;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(calls - before).toBeLessThan(10); // some are tried, to see whether it is over
      isAway = false;
      const began = performance.now();
      await soon(() => expect(service.work.jobs.length).toBe(jobs.length));
      expect(performance.now() - began).toBeLessThan(2000);
      expect(waitsFor(service)).toBeUndefined();
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
      stop();
      expect(['parked', 'dead-lettered', 'retried'].flatMap((event) => eventsOf(seen, event as never))).toEqual([]);
      expect(eventsOf(seen, 'paused')).toHaveLength(1);
      expect(eventsOf(seen, 'resumed')).toMatchObject([{ duration: expect.any(Number) }]);
      if (!can(bench.driver.transport, 'order by key')) return;
      for (let key = 0; key < 7; key++) {
        const own = numbersOf(service, `key-${key}`);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
    });

    it('does not hold up a stop; the next service does the jobs', async () => {
      const bench = await openBench();
      const job = () => {
        throw away();
      };
      const first = await bench.serve({ work: workOf(job) });
      await bench.post(...jobsOf(10));
      await soon(() => expect(waitsFor(first)).toBeDefined());
      const began = performance.now();
      await bench.stop(first);
      expect(performance.now() - began).toBeLessThan(3000);
      const second = await bench.serve();
      await soon(() =>
        expect(numbersOf(second).toSorted((a, b) => a - b)).toEqual(jobsOf(10).map(({ number }) => number)),
      );
    });

    it('that only one job sees is a failure of that job: others go on, and it is a dead letter in the end', async () => {
      const bench = await openBench();
      const job = ({ number }: Job) => {
        if (number === 1) throw away();
      };
      const service = await bench.serve({ work: workOf(job), retries: { attempts: 2, delays: [1] } });
      await bench.post({ subject: 'poison', number: 1 });
      const isDead = bench.driver.jobs!.deadLetters(1);
      let number = 1;
      for (let dead = false; !dead; dead = await Promise.race([isDead.then(() => true), pause(20)]))
        await bench.post({ subject: 'other', number: ++number });
      const [letter] = await isDead;
      expect(letter!.headers).toMatchObject({ 'x-error-code': 'UNAVAILABLE' });
      await soon(() => expect(numbersOf(service)).toHaveLength(number - 1));
      await soon(() => expect(waitsFor(service)).toBeUndefined());
    });
  });
};

const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), ms));

/** What a broker keeps until it is done: commands on a queue, events on a topic. */
import { ServiceError } from '@fourfold/contracts/service-error';
import { describe, expect, it } from 'vitest';
import { traceIdOf } from '../../src/metadata.ts';
import { jobPosted } from '../contract.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { type Job, Work } from '../service.ts';
import { benchEach, jobsOf, soon, turn } from '../steps.ts';

const byNumber = (a: Job, b: Job) => a.number - b.number;
const busy = () => new ServiceError('ABORTED', 'BUSY', 'not now');
const workOf = (job: Work['job']) => Object.assign(new Work(), { job });

export const jobsSuite = (open: OpenDriver): void => {
  describe('a job', () => {
    const openBench = benchEach(open);

    it('is done, with its id as idempotency key, in the trace that it came from', async () => {
      const bench = await openBench();
      const calls: unknown[] = [];
      const { work } = await bench.serve({ work: workOf((_, call) => void calls.push(call)) });
      const message = bench.driver.jobs!.message({ subject: 'größer 🙂', number: 1 });
      await bench.driver.publisher!.publish([message]);
      await soon(() => expect(work.jobs).toEqual([{ subject: 'größer 🙂', number: 1 }]));
      expect(calls).toMatchObject([
        { transport: bench.driver.transport, idempotencyKey: { source: 'conformance', id: message.id } },
      ]);
      expect(calls[0]).not.toHaveProperty('deadline', expect.any(Number));
      expect(traceIdOf((calls[0] as any).metadata)).toBe(traceIdOf(message.metadata));
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    });

    it('waits for a service that is not there yet', async () => {
      const bench = await openBench();
      await bench.post(...jobsOf(3));
      const { work } = await bench.serve();
      await soon(() => expect(work.jobs.toSorted(byNumber)).toEqual(jobsOf(3)));
    });

    it('is done once, whichever of two services has it', async () => {
      const bench = await openBench();
      const slowly = () => workOf(turn);
      const services = [
        await bench.serve({ work: slowly(), concurrency: 2 }),
        await bench.serve({ work: slowly(), concurrency: 2 }),
      ];
      const jobs = jobsOf(120);
      await bench.post(...jobs);
      const done = () => services.flatMap(({ work }) => work.jobs);
      await soon(() => expect(done().length).toBeGreaterThanOrEqual(jobs.length));
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
      expect(done().toSorted(byNumber)).toEqual(jobs);
      for (const { work } of services) expect(work.jobs.length).toBeGreaterThan(5);
    });

    it('is tried again, under the same idempotency key, when its failure may pass', async () => {
      const bench = await openBench();
      const keys: unknown[] = [];
      const { work } = await bench.serve({
        work: workOf((_, { idempotencyKey }) => {
          if (keys.push(idempotencyKey!.id) < 3) throw busy();
        }),
      });
      await bench.post({ subject: 's', number: 1 });
      await soon(() => expect(work.jobs).toHaveLength(1));
      expect(keys).toEqual([keys[0], keys[0], keys[0]]);
      expect(keys[0]).toBeTypeOf('string');
    });

    it.each([
      ['whose failure does not pass, after all attempts', busy(), 3],
      ['that is refused for good, at once', new ServiceError('NOT_FOUND', 'GONE', 'weg 🙂'), 1],
      ['over which the handler breaks, without its insides', new Error('hunter2'), 3],
    ])('%s, becomes a dead letter as it came; the next ones are done', async (_, thrown, attempts) => {
      const bench = await openBench();
      let tried = 0;
      const poison = ({ number }: Job) => {
        if (number !== 1) return;
        tried++;
        throw thrown;
      };
      const { work } = await bench.serve({
        work: workOf(poison),
        retries: { attempts: 3, delays: [] },
        concurrency: 1,
      });
      const [first, ...others] = jobsOf(4, () => 's').map((job) => bench.driver.jobs!.message(job));
      await bench.driver.publisher!.publish([first!, ...others]);
      await soon(() => expect(work.jobs.map(({ number }) => number)).toEqual([2, 3, 4]));
      const [letter] = await bench.driver.jobs!.deadLetters(1);
      expect(letter).toMatchObject({ body: first!.body, type: first!.type, id: first!.id });
      const { code, reason, message } =
        thrown instanceof ServiceError ? thrown : new ServiceError('INTERNAL', 'INTERNAL', 'internal error');
      expect(letter!.headers).toMatchObject({
        traceparent: first!.metadata['traceparent'],
        'x-error-code': code,
        'x-error-reason': reason,
        'x-error-message': message,
        'x-attempts': String(attempts),
      });
      expect(tried).toBe(attempts);
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    });

    it('that cannot be read, or breaks a rule, becomes a dead letter at once; the next ones are done', async () => {
      const bench = await openBench();
      const { jobs } = bench.driver;
      const { work } = await bench.serve({ concurrency: 1 });
      const bodies = [
        '{"subject":',
        '[]',
        '',
        '{"subject":"","number":1}',
        '{"subject":"s","number":9007199254740992}',
        '{"subject":"s","number":1,"subject":"t"}',
      ];
      for (const body of bodies) await jobs!.postForeign(body, jobs!.type);
      await bench.post(...jobsOf(1));
      await soon(() => expect(work.jobs).toEqual(jobsOf(1)));
      const letters = await jobs!.deadLetters(bodies.length);
      const told = letters.map(({ body, headers }) => [body, headers['x-error-message']]);
      expect(told.toSorted()).toEqual(
        [
          ['{"subject":', 'invalid input: the body is not JSON'],
          ['', 'invalid input: the body is not JSON'],
          ['[]', 'invalid input: the input must be an object'],
          [bodies[3], 'invalid input: subject must be longer than or equal to 1 characters'],
          [bodies[4], 'invalid input: number must be within ±(2^53 - 1)'],
          [bodies[5], 'invalid input: subject must not be there twice'],
        ].toSorted(),
      );
      for (const { headers } of letters)
        expect(headers).toMatchObject({
          'x-error-code': 'INVALID_ARGUMENT',
          'x-error-reason': 'INVALID_INPUT',
          'x-attempts': '1',
        });
    });

    it('of another program, which has no type, becomes a dead letter untouched', async () => {
      const bench = await openBench();
      const { jobs } = bench.driver;
      const { work } = await bench.serve();
      await jobs!.postForeign('{"subject":"s","number":7}');
      await bench.post(...jobsOf(1));
      const [letter] = await jobs!.deadLetters(1);
      expect(letter!.body).toBe('{"subject":"s","number":7}');
      expect(letter!.headers).toMatchObject({
        'x-error-code': 'INVALID_ARGUMENT',
        'x-error-reason': 'FOREIGN_MESSAGE',
        'x-error-message': 'the message has no type',
        'x-attempts': '0',
      });
      await soon(() => expect(work.jobs).toEqual(jobsOf(1)));
    });

    it('of a type that nobody here knows does not stop the next ones', async () => {
      const bench = await openBench();
      const { jobs } = bench.driver;
      const { work } = await bench.serve({ concurrency: 1 });
      await jobs!.postForeign('{}', 'conformance.v1.Nothing');
      await bench.post(...jobsOf(2));
      await soon(() => expect(work.jobs.toSorted(byNumber)).toEqual(jobsOf(2)));
      if (jobs!.type === jobPosted.type) return; // an event without a handler is skipped
      const [letter] = await jobs!.deadLetters(1);
      expect(letter!.headers).toMatchObject({
        'x-error-code': 'UNIMPLEMENTED',
        'x-error-reason': 'UNKNOWN_OPERATION',
        'x-error-message': 'unknown operation "conformance.v1.Nothing"',
      });
    });

    it('in flight is finished by a service that stops; the next service handles the others', async () => {
      const bench = await openBench();
      let begun = 0;
      const slowly = workOf(async () => {
        begun++;
        await new Promise((resolve) => setTimeout(resolve, 10));
      });
      const jobs = jobsOf(100);
      const first = await bench.serve({ work: slowly, concurrency: 4 });
      await bench.post(...jobs);
      await soon(() => expect(begun).toBeGreaterThan(10));
      await bench.stop(first);
      expect(first.work.jobs).toHaveLength(begun);
      expect(begun).toBeLessThan(jobs.length);
      const second = await bench.serve();
      await soon(() => expect(second.work.jobs.length).toBeGreaterThanOrEqual(jobs.length - begun));
      await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
      expect([...first.work.jobs, ...second.work.jobs].toSorted(byNumber)).toEqual(jobs);
    });
  });
};

/** Server streams. */
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenPart, type ConformanceClient } from '../contract.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import type { Reply } from '../gen/conformance/v1/conformance.ts';
import type { Service } from '../service.ts';
import { Bench, failureOf, plain, soon } from '../steps.ts';

export const streamsSuite = (open: OpenDriver): void => {
  describe('a server stream', () => {
    let bench: Bench;
    let service: Service;
    let calls: ConformanceClient;
    beforeAll(async () => {
      bench = await Bench.open(open);
      service = await bench.serve();
      calls = bench.client(service).calls;
    });
    afterAll(() => bench.close());
    const replies = (count: number): Reply[] =>
      Array.from({ length: count }, (_, n) => ({ text: `${n + 1}`, number: n + 1 }));

    it('arrives whole and in order', async () => {
      expect(await firstValueFrom(calls.count({ to: 1000, fails: false }).pipe(toArray()))).toEqual(replies(1000));
    });
    it('arrives whole and in order from a source that is asked for each message', async () => {
      service.work.source = async function* ({ to }) {
        for (const reply of replies(to)) yield reply;
      };
      expect(await firstValueFrom(calls.count({ to: 1000, fails: false }).pipe(toArray()))).toEqual(replies(1000));
      service.work.source = undefined;
    });
    it('ends such a source when its caller leaves', async () => {
      const ended = Promise.withResolvers<void>();
      service.work.source = async function* () {
        try {
          for (let number = 1; ; number++) yield { text: 'x'.repeat(10_000), number };
        } finally {
          ended.resolve();
        }
      };
      await firstValueFrom(calls.count({ to: 1, fails: false }));
      await expect(ended.promise).resolves.toBeUndefined();
      service.work.source = undefined;
    });
    it('may be empty', async () => {
      expect(await firstValueFrom(calls.count({ to: 0, fails: false }).pipe(toArray()))).toEqual([]);
    });
    it('that fails before its first message fails with its error', async () => {
      const error = await failureOf(lastValueFrom(calls.count({ to: 0, fails: true })));
      expect(plain(error)).toEqual(plain(brokenPart({ part: 'p-0' })));
    });
    it('that fails later has brought what came before', async () => {
      const heard: Reply[] = [];
      const all = new Promise((_, reject) => {
        calls.count({ to: 25, fails: true }).subscribe({ next: (reply) => heard.push(reply), error: reject });
      });
      expect(plain(await failureOf(all))).toEqual(plain(brokenPart({ part: 'p-25' })));
      expect(heard).toEqual(replies(25));
    });
    it('is refused like a call when its input is bad', async () => {
      const error = await failureOf(lastValueFrom(calls.count({ to: -1, fails: false })));
      expect(plain(error)).toEqual({
        code: 'INVALID_ARGUMENT',
        reason: 'INVALID_INPUT',
        message: 'invalid input: to must not be less than 0',
        details: { violations: [{ path: 'to', rule: 'min', message: 'to must not be less than 0' }] },
        httpStatus: 400,
      });
    });
    it('ends in its handler when its caller leaves', async () => {
      const { work } = service;
      const before = work.streamsLeft;
      expect(await firstValueFrom(calls.count({ to: 10_000, fails: false }).pipe(take(3), toArray()))).toEqual(
        replies(3),
      );
      await soon(() => expect(work.streamsLeft).toBe(before + 1));
      expect(work.counted).toBeLessThan(10_000);
    });
  });
};

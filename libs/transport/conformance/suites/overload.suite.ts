/** More calls than a service can do. */
import { describe, expect, it } from 'vitest';
import { runInContext } from '../../src/context.ts';
import { callCancelled } from '../../src/errors.ts';
import { Limiter } from '../../src/limiter.ts';
import { propagate } from '../../src/metadata.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { benchEach, failureOf, Gate, plain, soon } from '../steps.ts';

/** Calls that run at a time. */
const AT_A_TIME = 2;

export const overloadSuite = (open: OpenDriver): void => {
  describe('more calls than a service can do', () => {
    const bench = benchEach(open);
    const overloadedService = async () => {
      const limiter = new Limiter({ max: AT_A_TIME });
      const opened = await bench();
      const service = await opened.serve({ limiter });
      const gate = new Gate();
      service.work.wait = (name) => gate.enter(name);
      const { calls } = opened.client(service);
      const call = (name: string, signal = new AbortController().signal) =>
        runInContext({ transport: 'http', metadata: propagate(), signal, receivedAt: 0 }, () => calls.wait({ name }));
      return { limiter, gate, work: service.work, call };
    };
    /** Lets all in, again and again, until `work` is done. */
    const openUntil = async <T>(gate: Gate, work: Promise<T>): Promise<T> => {
      const timer = setInterval(() => gate.open(), 1);
      return work.finally(() => clearInterval(timer));
    };

    it('run a few at a time; what waits is done in order', async () => {
      const { limiter, gate, work, call } = await overloadedService();
      const begun: string[] = [];
      const enter = work.wait;
      work.wait = (name) => {
        begun.push(name);
        return enter(name);
      };
      const answers: Promise<unknown>[] = [];
      for (let n = 0; n < 10; n++) {
        answers.push(call(`c-${n}`));
        await soon(() => expect(limiter.state.running + limiter.state.waiting).toBe(n + 1));
      }
      expect(limiter.state).toMatchObject({ running: AT_A_TIME, waiting: 8 });
      await openUntil(gate, Promise.all(answers));
      expect(begun).toEqual(Array.from({ length: 10 }, (_, n) => `c-${n}`));
      expect(limiter.state).toMatchObject({ running: 0, waiting: 0 });
    });

    it('are refused at once if they would wait too long, and answered again afterwards', async () => {
      const { limiter, gate, call } = await overloadedService();
      const outcomes = Array.from({ length: 600 }, (_, n) => call(`c-${n}`).catch((error: unknown) => error));
      const refused: unknown[] = [];
      for (const outcome of outcomes) void outcome.then((value) => value instanceof Error && refused.push(value));
      await soon(() => expect(refused.length + limiter.state.running + limiter.state.waiting).toBe(600));
      expect(refused.length).toBeGreaterThan(0);
      expect(plain(refused[0])).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'OVERLOADED', httpStatus: 503 });
      const all = await openUntil(gate, Promise.all(outcomes));
      expect(all.filter((value) => value instanceof Error)).toHaveLength(refused.length);
      const late = call('late');
      await soon(() => expect(gate.waiting.size).toBe(1));
      gate.open();
      expect(await late).toMatchObject({ text: 'late' });
    });

    it('are not begun if their callers have left meanwhile', async () => {
      const { limiter, gate, work, call } = await overloadedService();
      const running = [call('c-0'), call('c-1')];
      await soon(() => expect(gate.waiting.size).toBe(AT_A_TIME));
      const left = new AbortController();
      const waiting = failureOf(call('c-2', left.signal));
      await soon(() => expect(limiter.state.waiting).toBe(1));
      left.abort(callCancelled('Wait'));
      await waiting;
      await soon(() => expect(limiter.state.waiting).toBe(0));
      gate.open();
      await Promise.all(running);
      expect(work.calls).toHaveLength(AT_A_TIME);
    });
  });
};

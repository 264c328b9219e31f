/** Calls: request and reply, errors, deadlines, concurrency, and what happens to them when either side ends. */
import { HTTP_STATUS, type Code } from '@fourfold/contracts/service-error';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runInContext } from '../../src/context.ts';
import { callCancelled } from '../../src/errors.ts';
import { propagate, traceIdOf } from '../../src/metadata.ts';
import { ConformanceClient, ConformanceContract, brokenPart } from '../contract.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { EMPTY, UNICODE } from '../field-values.ts';
import { type Service, Work } from '../service.ts';
import { Bench, benchEach, failureOf, Gate, plain, soon } from '../steps.ts';

const INTERNAL = { code: 'INTERNAL', reason: 'INTERNAL', message: 'internal error', details: {}, httpStatus: 500 };
const CALLS = 100;
/** A service bounds the messages in flight: so many must be with the handler before one is answered. */
const TOGETHER = 50;

export const callsSuite = (open: OpenDriver): void => {
  describe('a call', () => {
    let bench: Bench;
    let service: Service;
    let calls: ConformanceClient;
    beforeAll(async () => {
      bench = await Bench.open(open);
      service = await bench.serve();
      calls = bench.client(service).calls;
    });
    afterAll(() => bench.close());
    afterEach(() => {
      const idle = new Work();
      service.work.wait = idle.wait;
      service.work.beforeEcho = idle.beforeEcho;
      service.work.answer = idle.answer;
    });

    it('is answered', async () => {
      expect(await calls.wait({ name: UNICODE.replace(/\p{Cc}/gu, '') })).toEqual({
        text: UNICODE.replace(/\p{Cc}/gu, ''),
        number: 0,
      });
    });
    it('carries trace, idempotency key and deadline to the handler', async () => {
      const metadata = propagate();
      const signal = new AbortController().signal;
      const call = () => calls.wait({ name: 'context' }, { idempotencyKey: 'k-1', timeout: 5000 });
      const before = Date.now();
      await runInContext({ transport: 'http', metadata, signal, receivedAt: 0 }, call);
      const seen = service.work.calls.at(-1)!;
      expect(seen).toMatchObject({ transport: bench.driver.transport, idempotencyKey: { id: 'k-1' } });
      expect(traceIdOf(seen.metadata)).toBe(traceIdOf(metadata));
      expect(seen.metadata['traceparent']).not.toBe(metadata['traceparent']);
      expect(seen.deadline! - before).toBeGreaterThan(4900);
      expect(seen.deadline! - Date.now()).toBeLessThanOrEqual(5000);
    });
    it('is refused before its handler when its input is bad', async () => {
      const before = service.work.calls.length;
      expect(plain(await failureOf(calls.wait({ name: '' })))).toEqual({
        code: 'INVALID_ARGUMENT',
        reason: 'INVALID_INPUT',
        message: 'invalid input: name must be longer than or equal to 1 characters',
        details: {
          violations: [
            { path: 'name', rule: 'isLength', message: 'name must be longer than or equal to 1 characters' },
          ],
        },
        httpStatus: 400,
      });
      expect(service.work.calls.length).toBe(before);
    });
    it('fails with the very error that its handler threw, and is not tried again', async () => {
      const before = service.work.failed;
      const error = await failureOf(calls.fail({ how: 'broken part' }));
      expect(brokenPart.matches(error)).toBe(true);
      expect(plain(error)).toEqual(plain(brokenPart({ part: 'p-1' })));
      expect(service.work.failed).toBe(before + 1);
    });
    it.each(Object.keys(HTTP_STATUS) as Code[])('fails with %s', async (how) => {
      expect(plain(await failureOf(calls.fail({ how })))).toEqual({
        code: how,
        reason: `IS_${how}`,
        message: how,
        details: {},
        httpStatus: HTTP_STATUS[how],
      });
    });
    it('keeps the insides of a bug', async () => {
      expect(plain(await failureOf(calls.fail({ how: 'bug' })))).toEqual(INTERNAL);
    });
    it.each([
      ['a reply of another kind', { parts: 7 }],
      ['a reply that protobuf has no room for', { uint32Value: -1 }],
      ['an integer above 2^53 - 1', { int64Value: 2 ** 53 }],
      ['such an integer in a list', { integers: [-(2 ** 60)] }],
    ])('is answered INTERNAL when its handler answers %s', async (_, wrong) => {
      service.work.answer = (input) => Object.assign(input, wrong);
      expect(plain(await failureOf(calls.echo(EMPTY)))).toEqual(INTERNAL);
    });
    it('fails with the same code and reason however large the error is', async () => {
      const error = await failureOf(calls.fail({ how: 'large' }));
      expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'IS_LARGE', httpStatus: 409 });
      expect(error.message).toMatch(/^Ungültig 🙂.*…$/);
      const { violations, omittedViolations, metadata } = error.details;
      expect(violations![0]!.path).toBe('parts[0].name');
      expect(violations!.length + omittedViolations!).toBe(5000);
      expect(metadata!['fact-0']).toMatch(/^größer.*…$/);
      expect(JSON.stringify(plain(error)).length).toBeLessThan(8192);
    });
    it('of an operation that nobody handles is refused', async () => {
      const { echo } = ConformanceContract;
      const unknown = { ...echo, name: 'conformance.v1.ConformanceService/Forget', method: 'Forget' } as const;
      const operation = { ...unknown, bindings: { ...echo.bindings, http: 'POST /forget' } } as const;
      const { transport } = bench.client(service);
      const deadline = Date.now() + 5000;
      const call = transport.call!({ operation, input: EMPTY, deadline, metadata: propagate() });
      expect(await failureOf(call)).toMatchObject(
        bench.driver.transport === 'http'
          ? { code: 'NOT_FOUND', reason: 'NOT_FOUND' } // RFC 9110: a path that is not a resource
          : {
              code: 'UNIMPLEMENTED',
              reason: 'UNKNOWN_OPERATION',
              message: 'unknown operation "conformance.v1.ConformanceService/Forget"',
            },
      );
    });
    it('ends at its deadline, and aborts the signal of its handler', async () => {
      const gate = new Gate();
      service.work.wait = gate.enter;
      const begin = Date.now();
      const failure = failureOf(calls.wait({ name: 'late' }, { timeout: 3000 }));
      await soon(() => expect(gate.waiting.size).toBe(1));
      const { signal } = service.work.calls.at(-1)!;
      expect(signal.aborted).toBe(false);
      expect(plain(await failure)).toEqual({
        code: 'DEADLINE_EXCEEDED',
        reason: 'DEADLINE_EXCEEDED',
        message: 'conformance.v1.ConformanceService/Wait exceeded its deadline',
        details: {},
        httpStatus: 504,
      });
      expect(Date.now() - begin).toBeGreaterThanOrEqual(2990);
      expect(Date.now() - begin).toBeLessThan(10_000);
      await soon(() => expect(signal.aborted).toBe(true));
      gate.open();
    });
    it('ends in its handler when its caller does not wait any more', async () => {
      const gate = new Gate();
      service.work.wait = gate.enter;
      const left = new AbortController();
      const { transport } = bench.client(service);
      const operation = ConformanceContract.wait;
      const call = { operation, input: { name: 'left' }, deadline: Date.now() + 10_000, metadata: propagate() };
      const failure = failureOf(transport.call!({ ...call, signal: left.signal }));
      await soon(() => expect(gate.waiting.size).toBe(1));
      const { signal } = service.work.calls.at(-1)!;
      expect(signal.aborted).toBe(false);
      left.abort(callCancelled('Wait'));
      expect(await failure).toMatchObject({ code: 'CANCELLED' });
      await soon(() => expect(signal.aborted).toBe(true));
      expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
      gate.open();
    });
    it(`among ${CALLS} at once gets its own answer`, async () => {
      const gate = new Gate();
      service.work.beforeEcho = ({ stringValue }) => {
        const entered = gate.enter(stringValue);
        if (gate.waiting.size === TOGETHER) gate.open();
        return entered;
      };
      const inputs = Array.from({ length: CALLS }, (_, n) => ({ ...EMPTY, int64Value: n, stringValue: `call ${n}` }));
      const answers = await Promise.all(inputs.map((input) => calls.echo(input)));
      expect(answers.map(({ int64Value, stringValue }) => [int64Value, stringValue])).toEqual(
        inputs.map(({ int64Value, stringValue }) => [int64Value, stringValue]),
      );
    });
  });

  describe('calls in flight', () => {
    const openBench = benchEach(open);
    const inFlight = async () => {
      const bench = await openBench();
      const gate = new Gate();
      const service = await bench.serve({ work: Object.assign(new Work(), { wait: gate.enter }) });
      const { transport, calls } = bench.client(service);
      const names = Array.from({ length: 20 }, (_, n) => `call-${n}`);
      const results = Promise.allSettled(names.map((name) => calls.wait({ name })));
      await soon(() => expect(gate.waiting.size).toBe(names.length));
      return { bench, gate, service, transport, calls, names, results };
    };

    it('fail at once when their client is closed, and so do later ones', async () => {
      const { gate, transport, calls, results } = await inFlight();
      const begin = Date.now();
      await transport.close();
      const closed = { code: 'UNAVAILABLE', reason: 'UNAVAILABLE', message: 'the client was closed' };
      for (const result of await results) {
        expect(result.status).toBe('rejected');
        expect(plain((result as PromiseRejectedResult).reason)).toMatchObject(closed);
      }
      expect(Date.now() - begin).toBeLessThan(5000); // long before their deadline
      expect(await failureOf(calls.wait({ name: 'later' }))).toMatchObject({ code: 'UNAVAILABLE' });
      gate.open();
    });
    it('are answered by a service that stops', async () => {
      const { bench, gate, service, names, results } = await inFlight();
      const stopped = bench.stop(service);
      await new Promise((resolve) => setTimeout(resolve, 50)); // there is no event for what must not happen
      gate.open();
      expect(await results).toEqual(names.map((text) => ({ status: 'fulfilled', value: { text, number: 0 } })));
      await stopped;
    });
  });
};

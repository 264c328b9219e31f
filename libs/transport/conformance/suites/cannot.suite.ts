/** What a transport cannot do, with the reason that transports.ts gives: each is refused, or seen not to happen. */
import { ServiceError } from '@fourfold/contracts/service-error';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransportName } from '@fourfold/contracts/contract';
import { propagate } from '../../src/metadata.ts';
import { ConformanceContract } from '../contract.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { EMPTY } from '../field-values.ts';
import type { Service } from '../service.ts';
import { Bench, failureOf, Gate, jobsOf, refusalOf, soon } from '../steps.ts';
import { type Feature, TRANSPORTS_UNDER_TEST } from '../transports.ts';

const NOT_BOUND = { code: 'UNIMPLEMENTED', reason: 'NOT_BOUND' };

export const cannotSuite = (transport: TransportName, open: OpenDriver): void => {
  const { features } = TRANSPORTS_UNDER_TEST[transport];
  const lacks = (Object.entries(features) as [Feature, true | string][]).filter(([, can]) => can !== true);
  if (!lacks.length) return;
  describe('cannot', () => {
    let bench: Bench;
    let service: Service;
    beforeAll(async () => {
      bench = await Bench.open(open);
      service = await bench.serve();
    });
    afterAll(() => bench.close());

    const keepsNothing = () => {
      expect(bench.driver.jobs).toBeUndefined();
      expect(bench.driver.publisher).toBeUndefined();
    };
    const refusesEvents = async () => {
      if (!bench.driver.publisher) return keepsNothing();
      const event = { ...bench.driver.jobs!.message({ subject: 's', number: 1 }), kind: 'event' as const };
      await expect(bench.driver.publisher.publish([event])).rejects.toThrow('is an event');
    };
    const checks: Record<Feature, () => void | Promise<void>> = {
      async call() {
        const { calls } = bench.client(service);
        expect(await failureOf(calls.echo(EMPTY))).toMatchObject(NOT_BOUND);
      },
      deadline() {
        expect(bench.client(service).transport.call).toBeUndefined();
      },
      async overload() {
        const none = { code: 'RESOURCE_EXHAUSTED' };
        if (!bench.driver.jobs) {
          const { calls } = bench.client(service);
          const answers = await Promise.all(Array.from({ length: 300 }, () => calls.wait({ name: 'n' })));
          return expect(answers).not.toContainEqual(expect.objectContaining(none));
        }
        const before = service.work.jobs.length;
        await bench.post(...jobsOf(300));
        await soon(() => expect(service.work.jobs).toHaveLength(before + 300));
      },
      async JSON() {
        const request = { encode: () => ({ finish: () => Buffer.from('{"stringValue":"s"}') }) } as never;
        const message = 'invalid input: the bytes are not such a message';
        expect(await refusalOf(bench, service, EMPTY, request)).toMatchObject({ code: 'INVALID_ARGUMENT', message });
      },
      async stream() {
        const counted = bench.client(service).calls.count({ to: 1, fails: false });
        expect(await failureOf(lastValueFrom(counted))).toMatchObject(NOT_BOUND);
      },
      async 'one-way'() {
        const { transport: client } = bench.client(service);
        const operation = ConformanceContract.echo;
        const call = { operation, input: EMPTY, deadline: Date.now() + 5000, metadata: propagate() };
        const isTaken = client.send?.(call).then(
          () => true,
          () => false,
        );
        expect((await isTaken) ?? false).toBe(false);
      },
      async command() {
        const { calls } = bench.client(service);
        expect(await failureOf(calls.doJob({ subject: 's', number: 1 }))).toMatchObject(NOT_BOUND);
      },
      event: refusesEvents,
      'fan-out': refusesEvents,
      'competing consumers': keepsNothing,
      async 'order by key'() {
        const gate = new Gate();
        const done: number[] = [];
        const { work } = service;
        work.wait = async (name) => {
          if (name === 'first') await gate.enter(name);
          done.push(name === 'first' ? 1 : 2);
          gate.open();
        };
        work.job = ({ number }) => work.wait(number === 1 ? 'first' : 'second');
        const { calls } = bench.client(service);
        const bring = (number: number) =>
          bench.driver.jobs
            ? bench.post({ subject: 's', number })
            : calls.wait({ name: number === 1 ? 'first' : 'second' });
        const first = bring(1);
        await soon(() => expect(gate.waiting.size).toBe(1));
        await bring(2);
        await first;
        await soon(() => expect(done).toEqual([2, 1]));
      },
      async redelivery() {
        const { calls } = bench.client(service);
        const before = service.work.failed;
        expect(await failureOf(calls.fail({ how: 'UNAVAILABLE' }))).toBeInstanceOf(ServiceError);
        expect(service.work.failed).toBe(before + 1);
      },
      reconnect: () => expect.unreachable('every transport can'),
    };
    it.each(lacks)('%s: %s', async (feature) => {
      expect.hasAssertions();
      await checks[feature]();
    });
  });
};

/** What stands between two services goes away and comes back: nobody need be started again. */
import { freePorts } from '@fourfold/testing/free-ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConformanceClient } from '../contract.ts';
import type { OpenDriver, RestartableBroker } from '../drivers/driver.ts';
import { can } from '../transports.ts';
import { Bench, benchEach, soon } from '../steps.ts';

const LIMIT = 120_000;
const isReady = (server: unknown) => (server as { isReady(): boolean }).isReady();

/** Calls until one is answered. */
const answered = (calls: ConformanceClient) =>
  soon(() => calls.wait({ name: 'again' }, { timeout: 1000 })).then(({ text }) => text);

export const serviceReconnectSuite = (open: OpenDriver): void => {
  describe('a service that restarts', () => {
    const openBench = benchEach(open);
    it('is found again by the clients that it had', async () => {
      const bench = await openBench();
      const [port] = await freePorts(1); // nobody else can have it meanwhile
      const first = await bench.serve({ port });
      const { calls } = bench.client(first);
      expect(await calls.wait({ name: 'once' })).toEqual({ text: 'once', number: 0 });
      await bench.stop(first);
      await expect(calls.wait({ name: 'down' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await bench.serve({ port });
      expect(await answered(calls)).toBe('again');
    });
  });
};

/** Without a broker of its own the test is skipped: BROKERS=external names one that a test must not restart. */
export const brokerReconnectSuite = (open: OpenDriver, startBroker?: () => Promise<RestartableBroker>): void => {
  describe.skipIf(!startBroker)('a broker that restarts (BROKERS=native can)', () => {
    let broker: RestartableBroker;
    let bench: Bench;
    beforeAll(async () => {
      broker = await startBroker!();
      bench = await Bench.open(open, broker.address);
    }, LIMIT);
    afterAll(async () => {
      await bench?.close();
      await broker?.stop();
    }, LIMIT);

    it(
      'is found again by services and clients; what comes after it is done',
      async () => {
        const service = await bench.serve();
        const { calls } = bench.client(service);
        const ifKept = (work: () => Promise<void>) => (bench.driver.jobs ? work() : undefined);
        await ifKept(async () => {
          await bench.post({ subject: 'before', number: 1 });
          await soon(() => expect(service.work.jobs).toHaveLength(1));
        });

        await broker.restart();
        await soon(() => expect(isReady(service.server)).toBe(true));
        await ifKept(async () => {
          await soon(() => bench.post({ subject: 'after', number: 2 }));
          await soon(() => expect(service.work.jobs.map(({ subject }) => subject)).toContain('after'));
        });
        if (can(bench.driver.transport, 'call')) await answered(calls);
      },
      LIMIT,
    );
  });
};

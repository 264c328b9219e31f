/** Metadata: the same names on every wire; the known ones travel on from a message to those that it causes. */
import { PROPAGATED } from '@fourfold/contracts/metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentMessage } from '../../src/context.ts';
import { propagate, traceIdOf } from '../../src/metadata.ts';
import type { OpenDriver } from '../drivers/driver.ts';
import { type Job, Work } from '../service.ts';
import { benchEach, soon } from '../steps.ts';

/** What the first message of a test carries: names that every service knows, one that an application added, and a foreign one. */
const sent = { tracestate: 'vendor=1', baggage: 'region=north,user=%C3%A4', tenant: 'acme-7', foreign: 'stays here' };
const { foreign: _, ...known } = sent;

/** Over a transport that answers. */
export const callMetadataSuite = (open: OpenDriver): void => {
  describe('metadata', () => {
    knowTenant();
    const openBench = benchEach(open);

    it('reach the handler of a call; the known ones go on to the calls that it makes', async () => {
      const bench = await openBench();
      const service = await bench.serve();
      const { calls } = bench.client(service);
      service.work.wait = async (name) => void (name === 'near' && (await calls.wait({ name: 'far' })));
      await calls.wait({ name: 'near' }, { metadata: sent });
      const seen = service.work.calls.map(({ metadata }) => metadata);
      expect(seen).toHaveLength(2);
      expect(seen[0]).toMatchObject(sent);
      expect(seen[1]).toMatchObject(known);
      expect(seen[1]).not.toHaveProperty('foreign');
      expect(traceIdOf(seen[1]!)).toBe(traceIdOf(seen[0]!));
    });
  });
};

/** Over a broker whose messages nobody answers. */
export const messageMetadataSuite = (open: OpenDriver): void => {
  describe('metadata', () => {
    knowTenant();
    const openBench = benchEach(open);

    it('reach the handler of a message; the known ones go on to the messages that it causes', async () => {
      const bench = await openBench();
      const seen: Record<string, string>[] = [];
      const { publisher, jobs } = bench.driver;
      const messageOf = (job: Job, metadata: Record<string, string>) => ({ ...jobs!.message(job), metadata });
      const work = Object.assign(new Work(), {
        job: async ({ subject }: Job) => {
          const { metadata } = currentMessage()!;
          seen.push(metadata);
          const caused = messageOf({ subject: 'far', number: 2 }, propagate(metadata));
          if (subject === 'near') await publisher!.publish([caused]);
        },
      });
      await bench.serve({ work });
      await publisher!.publish([messageOf({ subject: 'near', number: 1 }, propagate({}, sent))]);
      await soon(() => expect(seen).toHaveLength(2));
      expect(seen[0]).toMatchObject(sent);
      expect(seen[1]).toMatchObject(known);
      expect(seen[1]).not.toHaveProperty('foreign');
      expect(traceIdOf(seen[1]!)).toBe(traceIdOf(seen[0]!));
    });
  });
};

/** What an application does in libs/contracts/src/metadata.ts. */
const knowTenant = (): void => {
  beforeAll(() => void PROPAGATED.add('tenant'));
  afterAll(() => void PROPAGATED.delete('tenant'));
};

import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, type Type } from '@nestjs/common';
import { freePorts } from '@fourfold/testing/free-ports';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parcelDelivered, ParcelDeliveredDto } from '@fourfold/testing/parcels';
import { Input } from '../../src/handlers/input.ts';
import { On } from '../../src/handlers/on.ts';
import type { PartitionMetadata } from 'kafkajs';
import { stablePartitioner } from '../../src/kafka/kafkajs-fixes.ts';
import { KafkaPublisher } from '../../src/kafka/publisher.ts';
import { KafkaServer } from '../../src/kafka/server.ts';
import {
  brokersOrExplain,
  committedOf,
  outgoing,
  type RunningService,
  startService,
  uniquePrefix,
} from './service.fixture.ts';

const brokers = brokersOrExplain();
const running: RunningService[] = [];
let prefix: string;
let publisher: KafkaPublisher;
let heard: { who: string; parcelId: string; round: number }[];

beforeEach(() => {
  prefix = uniquePrefix();
  heard = [];
  publisher = new KafkaPublisher({ brokers, prefix, source: 'parcels' });
});
afterEach(async () => {
  await Promise.all([publisher.close(), ...running.splice(0).map(({ app }) => app.close())]);
});

const subscriber = (who: string, wait: () => Promise<unknown> | undefined): Type => {
  @Controller()
  class Subscriber {
    @On(parcelDelivered) async delivered(@Input() { parcelId, senderId }: ParcelDeliveredDto) {
      await wait();
      heard.push({ who, parcelId, round: Number(senderId) });
    }
  }
  return Subscriber;
};
const start = async (who: string, wait: () => Promise<unknown> | undefined = async () => {}, options = {}) => {
  const service = await startService([subscriber(who, wait)], { prefix, group: 'g', concurrency: 8, ...options });
  running.push(service);
  return service;
};
const soon = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
const KEYS = 20;
const publishRounds = (rounds: number) =>
  publisher.publish(
    Array.from({ length: KEYS * rounds }, (_, n) =>
      outgoing(parcelDelivered, { parcelId: `p-${n % KEYS}`, senderId: `${Math.floor(n / KEYS)}` }),
    ),
  );
const expectOnceAndInParcel = (rounds: number) => {
  expect(heard).toHaveLength(KEYS * rounds);
  for (let key = 0; key < KEYS; key++)
    expect(heard.filter(({ parcelId }) => parcelId === `p-${key}`).map(({ round }) => round)).toEqual(
      Array.from({ length: rounds }, (_, round) => round),
    );
};

describe('a service that stops', () => {
  it('finishes and commits what is in flight, and the next one goes on from there: nothing lost, nothing twice', async () => {
    await publishRounds(20);
    const first = await start('first', soon);
    await expect.poll(() => heard.length).toBeGreaterThan(60);
    await first.app.close();
    const done = heard.length;
    expect(done).toBeLessThan(400);
    expect(first.server.isReady()).toBe(false);
    expect(await committedOf(`${prefix}g`, `${prefix}parcels.v1`)).toBe(done);
    await start('second');
    await expect.poll(() => heard.length).toBe(400);
    expectOnceAndInParcel(20);
  });

  it('does not wait for ever; what it left undone is heard by the next one', async () => {
    const stuck = await start('stuck', () => new Promise(() => {}), { drainTimeout: 200 });
    await publishRounds(1);
    await expect.poll(() => committedOf(`${prefix}g`, `${prefix}parcels.v1`)).toBe(0);
    const begin = Date.now();
    await stuck.app.close();
    expect(Date.now() - begin).toBeLessThan(10_000);
    await start('next');
    await expect.poll(() => heard.length).toBe(KEYS);
  });

  it('can drain while it still runs', async () => {
    const { server } = await start('one');
    await server.drain();
    await publishRounds(1);
    expect(server.isReady()).toBe(false);
    await server.listen();
    expect(server.isReady()).toBe(true);
    await expect.poll(() => heard.length).toBe(KEYS);
  });
});

describe('a service that joins its like', () => {
  it('takes over partitions; nothing is lost, nothing heard twice, nothing out of order', async () => {
    await start('first', soon);
    await publishRounds(50);
    await expect.poll(() => heard.length).toBeGreaterThan(60);
    await start('second', soon);
    await publishRounds(50).then(() => publishRounds(1));
    await expect.poll(() => heard.length).toBe(KEYS * 101);
    await expect.poll(() => committedOf(`${prefix}g`, `${prefix}parcels.v1`)).toBe(KEYS * 101);
    expect(new Set(heard.map(({ who }) => who))).toEqual(new Set(['first', 'second']));
    for (let key = 0; key < KEYS; key++) {
      const rounds = heard.filter(({ parcelId }) => parcelId === `p-${key}`).map(({ round }) => round);
      const expected = [50, 50, 1].flatMap((count) => Array.from({ length: count }, (_, round) => round));
      expect(rounds).toEqual(expected);
    }
  });
});

describe('a partition that moves', () => {
  const partitionOf = (parcelId: string): number =>
    stablePartitioner()({
      topic: '',
      message: { key: parcelId, value: null },
      partitionMetadata: [0, 1, 2].map((partitionId) => ({ partitionId, leader: 1 }) as PartitionMetadata),
    });
  const QUICK = 0;

  // while other partitions were read on, the member joined again at once, and the next one began the same messages
  it('is let go once what has begun there is done, also if that takes long', { timeout: 60_000 }, async () => {
    const begun: string[] = [];
    const slowDone = Promise.withResolvers<void>();
    const subscribed = (): Type => {
      @Controller()
      class Subscriber {
        @On(parcelDelivered) async delivered(@Input() { parcelId }: ParcelDeliveredDto) {
          begun.push(parcelId);
          if (partitionOf(parcelId) !== QUICK) await slowDone.promise;
        }
      }
      return Subscriber;
    };
    const join = async () => running.push(await startService([subscribed()], { prefix, group: 'g' }));
    const publish = (parcelIds: string[]) =>
      publisher.publish(parcelIds.map((parcelId) => outgoing(parcelDelivered, { parcelId, senderId: 'c-1' })));
    const keys = Array.from({ length: KEYS }, (_, key) => `p-${key}`);
    const slow = keys.filter((key) => partitionOf(key) !== QUICK);
    await publish(slow);
    await join();
    await expect.poll(() => begun.length).toBe(slow.length);
    await publish(keys.filter((key) => partitionOf(key) === QUICK));
    await expect.poll(() => begun.length).toBe(KEYS); // other partitions are read on

    const joining = join();
    await Promise.race([joining, sleep(4000)]); // it cannot join before the slow ones are done
    await sleep(500);
    slowDone.resolve();
    await joining;

    await expect.poll(() => committedOf(`${prefix}g`, `${prefix}parcels.v1`)).toBe(KEYS);
    expect(begun.toSorted()).toEqual(keys.toSorted());
  });
});

describe('a service whose broker is down', () => {
  it('says which, and can try again', async () => {
    const proxy = await TcpProxy.before(brokers[0]!);
    const server = new KafkaServer({ brokers: [proxy.address], prefix, group: 'g' });
    server.addHandler('T', async () => {}, true, { topic: 'T' });
    await expect(server.listen()).rejects.toThrow(new RegExp(`^Kafka at ${proxy.address}: .*ECONNREFUSED`));
    expect(server.isReady()).toBe(false);
    await proxy.open();
    await server.listen();
    expect(server.isReady()).toBe(true);
    await server.close();
    await proxy.cut();
  });

  it('can be closed while it tries', async () => {
    const server = new KafkaServer({ brokers: [`127.0.0.1:${(await freePorts(1))[0]}`], prefix, group: 'g' });
    server.addHandler('T', async () => {}, true, { topic: 'T' });
    const listening = server.listen().catch((error: Error) => error.message);
    await server.close();
    expect(await listening).toMatch('Kafka at');
  });
});

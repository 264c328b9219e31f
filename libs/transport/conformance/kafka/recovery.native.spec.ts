/** How soon messages flow again after Kafka was gone. */
import { rm } from 'node:fs/promises';
import { freshAllocation } from '@fourfold/system/allocation';
import { providersOf } from '@fourfold/system/providers/brokers';
import type { Provider } from '@fourfold/system/providers/provider';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openKafka } from '../drivers/kafka.driver.ts';
import type { Driver } from '../drivers/driver.ts';
import { type Service, startService } from '../service.ts';

let kafka: Provider;
let folder: string;
let brokers: string;

beforeAll(async () => {
  const { context } = await freshAllocation([]);
  folder = context.folder;
  kafka = providersOf('native', context).find(({ provides }) => provides.includes('kafka'))!;
  brokers = (await kafka.start()).kafka!;
}, 60_000);
afterAll(async () => {
  await kafka.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** Milliseconds that Kafka is away: longer than the retries of kafkajs, so that its consumers crash. */
const DOWN = 12_000;

/** Publishes a job each 50 ms; how many each group has handled. */
const load = (driver: Driver, services: Service[]) => {
  let number = 0;
  let publishing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const message = driver.jobs!.message({ subject: `key-${number++ % 20}`, number });
    publishing = publishing.then(() => driver.publisher!.publish([message]));
  }, 50);
  onTestFinished(async () => {
    clearInterval(timer);
    await publishing;
    await Promise.all(services.map((service) => service.close()));
    await driver.close();
  });
};
const handledBy = (services: Service[]) => services.reduce((sum, { work }) => sum + work.jobs.length, 0);

it('two groups of two members go on soon after the restart of their broker', { timeout: 120_000 }, async () => {
  const driver = await openKafka(brokers);
  const groups = await Promise.all(
    ['one', 'two'].map((group) => Promise.all([1, 2].map(() => startService(driver.server!({ group }))))),
  );
  load(driver, groups.flat());
  await expect.poll(() => Math.min(...groups.map(handledBy))).toBeGreaterThan(20);
  await kafka.stop();
  await new Promise((resolve) => setTimeout(resolve, DOWN));
  await kafka.start();
  const answers = performance.now();
  const before = groups.map(handledBy);
  const times = await Promise.all(
    groups.map(async (services, at) => {
      await expect.poll(() => handledBy(services), { timeout: 60_000 }).toBeGreaterThan(before[at]! + 5);
      return Math.round(performance.now() - answers);
    }),
  );
  console.log(`restart of Kafka: its groups go on after ${times.join(' and ')} ms`);
  expect(Math.max(...times)).toBeLessThan(10_000); // 5 s on an idle machine
});

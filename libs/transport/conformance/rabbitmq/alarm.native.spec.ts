/** RabbitMQ takes no messages for a while: a memory alarm, as it comes before the disk or the memory is full, or a full queue. */
import { rm } from 'node:fs/promises';
import { freshAllocation } from '@fourfold/system/allocation';
import { NativeRabbitmqProvider } from '@fourfold/system/providers/native-rabbitmq.provider';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { RabbitMqPublisher } from '../../src/rabbitmq/publisher.ts';
import { observations } from '../application.ts';
import { openRabbitMq } from '../drivers/rabbitmq.driver.ts';
import { startService } from '../service.ts';
import { jobsOf } from '../steps.ts';

/** Milliseconds: longer than the 10 s after which a publisher that gives up would publish again. */
const ALARM = 15_000;

let rabbitmq: NativeRabbitmqProvider;
let folder: string;
let url: string;

beforeAll(async () => {
  const { context } = await freshAllocation([]);
  folder = context.folder;
  rabbitmq = new NativeRabbitmqProvider(context);
  url = (await rabbitmq.start()).rabbitmq!;
}, 60_000);
afterAll(async () => {
  await rabbitmq.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it('20 commands that are published during an alarm are 20 commands', { timeout: 120_000 }, async () => {
  const { seen, stop } = observations();
  onTestFinished(stop);
  const driver = await openRabbitMq(url);
  onTestFinished(() => driver.close());
  const messages = jobsOf(21).map((job) => driver.jobs!.message(job));
  await driver.publisher!.publish([messages.pop()!]);
  await rabbitmq.control('set_vm_memory_high_watermark', '0.0000001');
  const publishing = driver.publisher!.publish(messages);
  await expect.poll(() => seen.map(({ event }) => event)).toContain('blocked');
  await new Promise((resolve) => setTimeout(resolve, ALARM));
  await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
  expect(await publishing).toEqual(messages.map(() => undefined));
  const service = await startService(driver.server!());
  await expect.poll(() => service.work.jobs.length).toBeGreaterThanOrEqual(21);
  await expect.poll(() => driver.jobs!.undone()).toBe(0);
  await service.close();
  expect(service.work.jobs).toHaveLength(21);
});

it('a queue that is full stops its own commands alone, until there is room', { timeout: 60_000 }, async () => {
  const driver = await openRabbitMq(url);
  const publisher = new RabbitMqPublisher({ url });
  onTestFinished(() => driver.close());
  onTestFinished(() => publisher.close());
  const messages = jobsOf(6).map((job) => driver.jobs!.message(job));
  const full = messages.slice(0, 3).map((message) => ({ ...message, destination: 'full' }));
  const policy = JSON.stringify({ 'max-length': 1, overflow: 'reject-publish' });
  await rabbitmq.control('set_policy', 'full', '^full$', policy, '--apply-to', 'queues');
  await publisher.publish(full);
  const outcomes = publisher.publish([...full, ...messages.slice(3)]);
  const refused = { error: { code: 'UNAVAILABLE' }, isFinal: false };
  expect(await outcomes).toMatchObject([refused, refused, refused, undefined, undefined, undefined]);
  const model = await connect(url);
  onTestFinished(() => model.close());
  const worker = await model.createChannel();
  await worker.consume('full', (message) => worker.ack(message!)); // a worker makes room
  await expect.poll(() => publisher.publish(full.slice(0, 1)), { timeout: 10_000 }).toEqual([undefined]);
});

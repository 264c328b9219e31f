import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import amqp from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { frameOf, RawClient } from '../../testing/amqp/raw-client.ts';
import { randomOf } from '../faults/random.ts';
import { type AmqpBroker, startAmqp } from './broker.ts';
import { longstr } from './wire/fields.ts';
import { type Arguments, type MethodName, writeMethod } from './wire/methods.ts';
import { Writer } from './wire/writer.ts';

const FRAMES = 3000;
const AT_ONCE = 20;
const MAX_GROWTH = 8 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

let broker: AmqpBroker;

beforeAll(async () => {
  broker = await startAmqp();
});
afterAll(() => broker.close());

const random = randomOf(2026);
const below = (limit: number): number => Math.floor(random() * limit);
const octets = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));

const methodOf = <Name extends MethodName>(name: Name, args: Arguments<Name>): Buffer => {
  const writer = new Writer();
  writeMethod(writer, name, args);
  return writer.take();
};
const flags = { noWait: false, arguments: new Map() };
const METHODS = [
  methodOf('queue.declare', {
    ...flags,
    reserved1: 0,
    queue: 'f',
    passive: false,
    durable: false,
    exclusive: true,
    autoDelete: true,
  }),
  methodOf('exchange.declare', {
    ...flags,
    reserved1: 0,
    exchange: 'f',
    type: 'topic',
    passive: false,
    durable: false,
    autoDelete: true,
    internal: false,
  }),
  methodOf('basic.publish', { reserved1: 0, exchange: '', routingKey: 'f', mandatory: true, immediate: false }),
  methodOf('basic.consume', {
    ...flags,
    reserved1: 0,
    queue: 'f',
    consumerTag: '',
    noLocal: false,
    noAck: false,
    exclusive: false,
  }),
  methodOf('basic.nack', { deliveryTag: 1, multiple: true, requeue: true }),
  methodOf('queue.bind', { ...flags, reserved1: 0, queue: 'f', exchange: 'amq.topic', routingKey: '#' }),
  methodOf('queue.bind', {
    noWait: false,
    reserved1: 0,
    queue: 'f',
    exchange: 'amq.match',
    routingKey: '',
    arguments: new Map([['x-match', longstr('any')]]),
  }),
  methodOf('exchange.bind', { ...flags, reserved1: 0, destination: 'f', source: 'amq.match', routingKey: '' }),
  methodOf('channel.close', { replyCode: 0, replyText: '', classId: 0, methodId: 0 }),
];

/** A valid, truncated, corrupted or random frame. */
const frame = (): Buffer => {
  const method = METHODS[below(METHODS.length)]!;
  switch (below(6)) {
    case 0:
      return octets(below(64));
    case 1:
      return frameOf(below(10), below(3), octets(below(48)));
    case 2:
      return frameOf(1, 1, method.subarray(0, below(method.length)));
    case 3: {
      const corrupted = Buffer.from(method);
      corrupted[below(corrupted.length)] = below(256);
      return frameOf(1, below(3), corrupted);
    }
    case 4:
      return frameOf(2 + below(2), 1, Buffer.concat([Buffer.from('003c0000', 'hex'), octets(below(24))]));
    default:
      return frameOf(1, 1, method);
  }
};

/** Sends one frame per connection, since an invalid one closes it; half of them after a valid frame. */
const attack = async (frames: number): Promise<void> => {
  for (let count = 0; count < frames; count++) {
    const client = random() < 0.1 ? new RawClient(broker.port) : await RawClient.open(broker.port);
    if (random() < 0.5) client.socket.write(frameOf(1, 1, METHODS[below(METHODS.length)]!));
    client.socket.end(frame());
    await client.closed;
  }
};
const attackAtOnce = (frames: number) =>
  Promise.all(Array.from({ length: AT_ONCE }, () => attack(Math.ceil(frames / AT_ONCE))));

const used = async (): Promise<number> => {
  await sleep(50);
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

it(`survives ${FRAMES} random and truncated frames without leaking memory`, { timeout: 120_000 }, async () => {
  await attackAtOnce(FRAMES / 5);
  const before = await used();
  await attackAtOnce((FRAMES * 4) / 5);
  await expect.poll(async () => (await used()) - before).toBeLessThan(MAX_GROWTH); // sockets take a while to close

  const model = await amqp.connect(broker.url);
  const channel = await model.createConfirmChannel();
  const { queue, messageCount } = await channel.assertQueue('', { exclusive: true });
  expect(messageCount).toBe(0);
  channel.sendToQueue(queue, Buffer.from('still works'));
  await channel.waitForConfirms();
  expect(await channel.get(queue)).toMatchObject({ content: Buffer.from('still works') });
  await model.close();
});

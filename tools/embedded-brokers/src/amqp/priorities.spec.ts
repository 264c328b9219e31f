import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AmqpBroker, startAmqp } from './broker.ts';

let broker: AmqpBroker;
let model: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  broker = await startAmqp();
  model = await amqp.connect(broker.url);
});
afterAll(() => broker.close());
beforeEach(async () => {
  channel = await model.createConfirmChannel();
  channel.on('error', () => {});
});

const exclusive = async (args: object = {}): Promise<string> =>
  (await channel.assertQueue('', { exclusive: true, arguments: args })).queue;
/** Sends bodies such as `3a`: the digit is the priority. */
const send = async (queue: string, ...bodies: string[]): Promise<void> => {
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { priority: Number(body[0]) });
  await channel.waitForConfirms();
};

describe('a queue with priorities', () => {
  it('delivers higher ones first, and those above its highest as the highest', async () => {
    const queue = await exclusive({ 'x-max-priority': 3 });
    await send(queue, '0a', '3b', '1c', '7d', '3e', '0f');
    channel.sendToQueue(queue, Buffer.from('none'));
    await channel.waitForConfirms();
    await channel.prefetch(3);
    const bodies: string[] = [];
    await channel.consume(queue, (message) => message && bodies.push(message.content.toString()));
    await expect.poll(() => bodies).toEqual(['3b', '7d', '3e']);
    channel.nackAll(); // each goes back to its place
    await expect.poll(() => bodies.slice(3)).toEqual(['3b', '7d', '3e']);
    channel.ackAll();
    await expect.poll(() => bodies.slice(6)).toEqual(['1c', '0a', '0f']);
    channel.ackAll();
    await expect.poll(() => bodies.slice(9)).toEqual(['none']);
  });

  it('drops the head of the highest priority when it is too long', async () => {
    const queue = await exclusive({ 'x-max-priority': 9, 'x-max-length': 2 });
    await send(queue, '1a', '5b', '3c');
    const bodies: string[] = [];
    await channel.consume(queue, (message) => message && bodies.push(message.content.toString()));
    await expect.poll(() => bodies).toEqual(['3c', '1a']);
  });

  it.each([
    [{ 'x-max-priority': 256 }, ': {max_value_exceeded,256}'],
    [{ 'x-max-priority': 5, 'x-queue-type': 'quorum' }, ' of queue type rabbit_quorum_queue'],
  ])('is refused with %j', async (args, text) => {
    const declared = channel.assertQueue('never', { durable: true, arguments: args });
    await expect(declared).rejects.toThrow(`invalid arg 'x-max-priority' for queue 'never' in vhost '/'${text}`);
  });
});

describe('consumers of a higher priority', () => {
  const consume = async (queue: string, prefetch: number, priority: number, consumerTag = ''): Promise<string[]> => {
    const bodies: string[] = [];
    await channel.prefetch(prefetch);
    await channel.consume(queue, (message) => message && bodies.push(message.content.toString()), {
      priority,
      consumerTag,
    });
    return bodies;
  };

  it('get messages first, as long as they may have more; those of one priority take turns', async () => {
    const queue = await exclusive();
    const low = await consume(queue, 0, -1);
    const [one, two] = [await consume(queue, 1, 5), await consume(queue, 2, 5)];
    await send(queue, '0a', '0b', '0c', '0d', '0e');
    await expect.poll(() => [one, two, low]).toEqual([['0a'], ['0b', '0c'], ['0d', '0e']]);
  });

  it.each([
    ['classic', [['0a', '0b'], ['0c']]],
    ['quorum', [['0a'], ['0b', '0c']]],
  ])('become the single active one of a %s queue', async (type, expected) => {
    const args = { 'x-queue-type': type, 'x-single-active-consumer': true };
    await channel.assertQueue('single', { durable: true, arguments: args });
    const low = await consume('single', 1, 0, 'low');
    await send('single', '0a');
    await expect.poll(() => low).toEqual(['0a']);
    const high = await consume('single', 2, 1);
    await send('single', '0b');
    channel.ackAll();
    await expect.poll(() => [...low, ...high]).toEqual(['0a', '0b']);
    await channel.cancel('low');
    await send('single', '0c');
    await expect.poll(() => [low, high]).toEqual(expected);
    await channel.deleteQueue('single');
  });

  it('are refused if it is not an integer', async () => {
    const queue = await exclusive();
    const consumed = channel.consume(queue, () => {}, { arguments: { 'x-priority': 'high' } });
    await expect(consumed).rejects.toThrow(
      `'x-priority' for queue '${queue}' in vhost '/': "expected integer, got longstr"`,
    );
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import amqp, { type Channel, type ChannelModel, type ConfirmChannel, type Message } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawClient } from '../../testing/amqp/raw-client.ts';
import { type AmqpBroker, startAmqp } from './broker.ts';

let broker: AmqpBroker;
let model: ChannelModel;
let channel: ConfirmChannel;
let errors: (Error & { code?: number })[];

beforeAll(async () => {
  broker = await startAmqp();
});
afterAll(() => broker.close());
beforeEach(async () => {
  errors = [];
  ({ model, channel } = await connect(broker.url));
});
afterEach(() => model.close().catch(() => {}));

const connect = async (url: string): Promise<{ model: ChannelModel; channel: ConfirmChannel }> => {
  const opened = await amqp.connect(url);
  opened.on('error', (error: Error) => void errors.push(error));
  const confirming = await opened.createConfirmChannel();
  confirming.on('error', (error: Error) => void errors.push(error));
  return { model: opened, channel: confirming };
};
const exclusive = async (args: object = {}): Promise<string> =>
  (await channel.assertQueue('', { exclusive: true, arguments: args })).queue;
const send = async (queue: string, ...bodies: (string | Buffer)[]): Promise<void> => {
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body));
  await channel.waitForConfirms();
};
const textOf = (message: Message | false | null): string | false => (message ? message.content.toString() : false);
const collect = async (from: Channel, queue: string, options: object = {}): Promise<Message[]> => {
  const messages: Message[] = [];
  await from.consume(queue, (message) => message && messages.push(message), options);
  return messages;
};

describe('the broker', () => {
  it('logs that it is for development only', async () => {
    const lines: string[] = [];
    const own = await startAmqp({ log: (line) => void lines.push(line) });
    expect(lines).toEqual([`AMQP 0-9-1 at ${own.url}: in memory, for development only`]);
    await own.close();
  });

  it('keeps virtual hosts apart', async () => {
    const other = await connect(`${broker.url}/other`);
    await channel.assertQueue('here', { autoDelete: true });
    await expect(other.channel.checkQueue('here')).rejects.toThrow("no queue 'here' in vhost 'other'");
    await other.model.close();
    await channel.deleteQueue('here');
  });

  it('lists its connections, and closes one by force', async () => {
    const own = await startAmqp();
    const named = await amqp.connect(own.url, { clientProperties: { connection_name: 'mine' } });
    const closed = new Promise<Error>((resolve) => named.on('close', resolve));
    const [connection] = own.connections;
    expect(connection).toMatchObject({ clientName: 'mine', name: expect.stringMatching(/:\d+ -> 127\.0\.0\.1:\d+$/) });
    connection!.forceClosed('enough');
    expect((await closed).message).toContain('320 (CONNECTION-FORCED) with message "CONNECTION_FORCED - enough"');
    expect(own.connections).toEqual([]);
    await own.close();
  });

  it('carries large messages unchanged', async () => {
    const queue = await exclusive();
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    await send(queue, body, '');
    const large = (await channel.get(queue, { noAck: true })) as Message;
    expect(large.content.equals(body)).toBe(true); // expect would take seconds to compare them
    expect((await channel.get(queue, { noAck: true })) as Message).toMatchObject({ content: Buffer.alloc(0) });
  });

  it('refuses messages above its memory limit until there is room again', async () => {
    const own = await startAmqp({ maxBytes: 1024 * 1024 });
    const client = await connect(own.url);
    const { queue } = await client.channel.assertQueue('full');
    const publish = () =>
      new Promise<boolean>((resolve) =>
        client.channel.sendToQueue(queue, Buffer.alloc(200_000), {}, (error) => resolve(!error)),
      );
    expect(await Promise.all(Array.from({ length: 7 }, publish))).toEqual([true, true, true, true, true, false, false]);
    const plain = await client.model.createChannel();
    const closed = new Promise<Error>((resolve) => plain.on('error', resolve));
    plain.sendToQueue(queue, Buffer.alloc(200_000));
    expect((await closed).message).toContain('406 (PRECONDITION-FAILED)');
    await client.channel.get(queue, { noAck: true });
    expect(await publish()).toBe(true);
    await client.channel.purgeQueue(queue);
    expect(await Promise.all(Array.from({ length: 5 }, publish))).toEqual([true, true, true, true, true]);
    await client.model.close();
    await own.close();
  });

  it('keeps messages in the queue while the consumer does not read', async () => {
    const queue = await exclusive();
    const slow = await RawClient.open(broker.port);
    const declare = { passive: false, durable: false, exclusive: false, autoDelete: true, noWait: false };
    slow.send(1, 'queue.declare', { reserved1: 0, queue: 'slow', ...declare, arguments: new Map() });
    await slow.expect('queue.declare-ok');
    const consume = { consumerTag: '', noLocal: false, noAck: true, exclusive: false, noWait: true };
    slow.send(1, 'basic.consume', { reserved1: 0, queue: 'slow', ...consume, arguments: new Map() });
    await expect.poll(async () => (await channel.checkQueue('slow')).consumerCount).toBe(1);
    slow.socket.pause();
    for (let count = 0; count < 400; count++) await send('slow', Buffer.alloc(64 * 1024));
    expect((await channel.checkQueue('slow')).messageCount).toBeGreaterThan(100);
    await send(queue, 'others go on');
    expect(textOf(await channel.get(queue))).toBe('others go on');
    slow.socket.removeAllListeners('data').resume();
    await expect.poll(async () => (await channel.checkQueue('slow')).messageCount).toBe(0);
    slow.socket.destroy();
  });
});

describe('consumers', () => {
  it('take turns, each within its prefetch count', async () => {
    const queue = await exclusive();
    const other = await model.createChannel();
    await channel.prefetch(2);
    await other.prefetch(3);
    const [one, two] = [await collect(channel, queue), await collect(other, queue)];
    await send(queue, ...'abcdefgh');
    await expect.poll(() => one.length + two.length).toBe(5);
    expect(one.map(textOf)).toEqual(['a', 'c']);
    expect(two.map(textOf)).toEqual(['b', 'd', 'e']);
    channel.ack(one[0]!);
    await expect.poll(() => one.map(textOf)).toEqual(['a', 'c', 'f']);
    other.ackAll();
    await expect.poll(() => two.map(textOf)).toEqual(['b', 'd', 'e', 'g', 'h']);
  });

  it('share a global prefetch count', async () => {
    const [a, b] = [await exclusive(), await exclusive()];
    await channel.prefetch(2, true);
    const [one, two] = [await collect(channel, a), await collect(channel, b)];
    await send(a, '1', '2', '3');
    await send(b, '4');
    await expect.poll(() => one).toHaveLength(2);
    expect(two).toHaveLength(0);
    channel.ackAll();
    await expect.poll(() => [...one, ...two].map(textOf).toSorted()).toEqual(['1', '2', '3', '4']);
    await expect(quorumConsumer()).rejects.toThrow('Channel ended');
    expect(errors[0]?.message).toMatch(/540 .*does not support global qos/);
  });

  const quorumConsumer = async () => {
    await channel.assertQueue('quorum', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.consume('quorum', () => {});
  };

  it('get unacknowledged messages again, in order, when another channel or connection closes', async () => {
    const other = await connect(broker.url);
    await channel.assertQueue('back', { durable: true });
    await send('back', ...'abcd');
    const taken = await collect(other.channel, 'back');
    await expect.poll(() => taken).toHaveLength(4);
    other.channel.ack(taken[1]!);
    await other.channel.checkQueue('back'); // amqplib's close() may overtake an ack
    await other.model.close();
    const again = await collect(channel, 'back');
    await expect.poll(() => again.map(textOf)).toEqual(['a', 'c', 'd']);
    expect(again.every(({ fields }) => fields.redelivered)).toBe(true);
    await channel.deleteQueue('back');
  });

  it.each(['classic', 'quorum'])('of a %s queue take over from the single active one, in order', async (type) => {
    const args = { 'x-queue-type': type, 'x-single-active-consumer': true };
    await channel.assertQueue('single', { durable: true, arguments: args });
    const [second, third] = [await model.createChannel(), await model.createChannel()];
    await channel.prefetch(2);
    const one = await collect(channel, 'single', { consumerTag: 'one' });
    const two = await collect(second, 'single');
    const three = await collect(third, 'single');
    expect((await channel.checkQueue('single')).consumerCount).toBe(type === 'quorum' ? 1 : 3);
    await send('single', ...'abc');
    await expect.poll(() => one.map(textOf)).toEqual(['a', 'b']);
    await channel.cancel('one'); // what it has stays with it
    await expect.poll(() => two.map(textOf)).toEqual(['c']);
    await second.close();
    await expect.poll(() => three.map(textOf)).toEqual(['c']);
    channel.nack(one[0]!);
    await expect.poll(() => three.map(textOf)).toEqual(['c', 'a']);
    expect(two).toHaveLength(1);
    await channel.deleteQueue('single');
  });

  it('are told when their queue is deleted', async () => {
    await channel.assertQueue('gone');
    const gone = new Promise((resolve) => channel.consume('gone', resolve));
    const other = await connect(broker.url);
    await other.channel.deleteQueue('gone');
    expect(await gone).toBe(null);
    await other.model.close();
  });

  it('are told so after the answer to the client that deleted it', async () => {
    const client = await RawClient.open(broker.port);
    const args = { reserved1: 0, queue: 'order', noWait: false, arguments: new Map() };
    client.send(1, 'queue.declare', { ...args, passive: false, durable: false, exclusive: true, autoDelete: false });
    await client.expect('queue.declare-ok');
    client.send(1, 'basic.consume', { ...args, consumerTag: 'c', noLocal: false, noAck: false, exclusive: false });
    await client.expect('basic.consume-ok');
    client.send(1, 'queue.delete', { ...args, ifUnused: false, ifEmpty: false });
    expect(await client.expect('queue.delete-ok')).toEqual({ messageCount: 0 });
    expect(await client.expect('basic.cancel')).toEqual({ consumerTag: 'c', noWait: true });
    client.socket.destroy();
  });

  it('are refused with unsupported arguments', async () => {
    const queue = await exclusive();
    await expect(channel.consume(queue, () => {}, { arguments: { 'x-credit': 5 } })).rejects.toThrow('Channel ended');
    expect(errors[0]?.message).toContain("NOT_IMPLEMENTED - consumer argument 'x-credit'");
  });
});

describe('queues', () => {
  it.each([[{ 'x-queue-type': 'stream' }, "queue type 'stream'"]])('are refused with %j', async (args, text) => {
    await expect(channel.assertQueue('never', { arguments: args })).rejects.toThrow('Channel ended');
    expect(errors[0]?.message).toContain(`540 (NOT-IMPLEMENTED) with message "NOT_IMPLEMENTED - ${text}"`);
  });

  it.each([
    [
      'classic',
      'at-most-once',
      "invalid arg 'x-dead-letter-strategy' for queue 'never' in vhost '/' of queue type rabbit_",
    ],
    ['quorum', 'twice', "invalid arg 'x-dead-letter-strategy' for queue 'never' in vhost '/': invalid_dlx_strategy"],
  ])('of type %s are refused with the dead-letter strategy %s', async (type, strategy, text) => {
    const args = { 'x-queue-type': type, 'x-dead-letter-strategy': strategy };
    const declared = channel.assertQueue('never', { durable: true, arguments: args });
    await expect(declared).rejects.toThrow(`PRECONDITION_FAILED - ${text}`);
  });

  it('cannot be bound to an exchange of an unknown type, which is refused', async () => {
    await expect(channel.assertExchange('never', 'x-delayed-message')).rejects.toThrow('Channel ended');
    expect(errors[0]?.message).toContain(
      '503 (COMMAND-INVALID) with message "COMMAND_INVALID - unknown exchange type \'x-delayed-message\'"',
    );
  });

  it('drop expired messages on time, also without consumers', async () => {
    const dead = await exclusive();
    const queue = await exclusive({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead });
    const begin = performance.now();
    channel.sendToQueue(queue, Buffer.from('short'), { expiration: 40 });
    channel.sendToQueue(queue, Buffer.from('long'), { expiration: 60_000 });
    await channel.waitForConfirms();
    const [letter] = await vi.waitFor(async () => {
      const message = await channel.get(dead, { noAck: true });
      if (!message) throw new Error('not yet');
      return [message];
    }, 10_000);
    expect(performance.now() - begin).toBeGreaterThan(20);
    expect(letter.content.toString()).toBe('short');
    expect(letter.properties.expiration).toBeUndefined();
    expect(letter.properties.headers).toMatchObject({
      'x-first-death-reason': 'expired',
      'x-first-death-queue': queue,
      'x-death': [{ count: 1, reason: 'expired', queue, 'original-expiration': '40', 'routing-keys': [queue] }],
    });
    expect((await channel.checkQueue(queue)).messageCount).toBe(1);
  });

  it.each([
    ['classic', 'new'],
    ['quorum', 'old'],
  ])('of type %s that are full, with reject-publish-dlx, dead-letter the %s message', async (type, body) => {
    const dead = await exclusive();
    const to = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
    const args = { 'x-queue-type': type, 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx', ...to };
    await channel.assertQueue('full', { durable: true, arguments: args });
    await send('full', 'old');
    await send('full', 'new').catch(() => {}); // nacked, by the classic one
    const letter = (await channel.get(dead, { noAck: true })) as Message;
    expect(letter.content.toString()).toBe(body);
    expect(letter.properties.headers).toMatchObject({ 'x-death': [{ reason: 'maxlen', queue: 'full' }] });
    await channel.deleteQueue('full');
  });

  it('are deleted when unused for x-expires', async () => {
    await channel.assertQueue('brief', { arguments: { 'x-expires': 1000 } });
    const taken = await collect(channel, 'brief');
    await sleep(1100);
    await send('brief', 'kept alive');
    await expect.poll(() => taken).toHaveLength(1);
    await channel.cancel(taken[0]!.fields.consumerTag!);
    await sleep(400);
    await channel.checkQueue('brief'); // a passive declaration does not count as use
    await sleep(700);
    await expect(channel.checkQueue('brief')).rejects.toThrow("no queue 'brief'");
  });

  it('of type quorum drop a message after its delivery limit, by default 20', async () => {
    const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
    await channel.assertQueue('poison', quorum);
    await send('poison', 'p');
    const counts: unknown[] = [];
    await channel.consume('poison', (message) => {
      if (message) counts.push(message.properties.headers?.['x-delivery-count']);
      if (message) channel.nack(message);
    });
    await expect.poll(() => counts).toHaveLength(21);
    await sleep(20);
    expect(counts).toEqual([undefined, ...Array.from({ length: 20 }, (_, index) => index + 1)]);
    expect((await channel.deleteQueue('poison')).messageCount).toBe(0);
  });

  it('that are exclusive are deleted with their connection', async () => {
    const other = await connect(broker.url);
    await other.channel.assertQueue('mine', { exclusive: true });
    await expect(channel.checkQueue('mine')).rejects.toThrow('405 (RESOURCE-LOCKED)');
    await other.model.close();
    const fresh = await model.createChannel();
    fresh.on('error', () => {});
    await expect(fresh.checkQueue('mine')).rejects.toThrow('404');
  });

  it('redeliver many returned messages quickly', { timeout: 60_000 }, async () => {
    const queue = await exclusive();
    const bodies = Array.from({ length: 20_000 }, (_, index) => String(index));
    await send(queue, ...bodies);
    const first = await collect(channel, queue);
    await expect.poll(() => first).toHaveLength(bodies.length);
    channel.nackAll();
    await expect.poll(() => first).toHaveLength(2 * bodies.length);
    expect(first.slice(bodies.length).map(textOf)).toEqual(bodies);
  });
});

describe('replies', () => {
  it('reach the channel that sent the request, without a queue', async () => {
    const replies = await collect(channel, 'amq.rabbitmq.reply-to', { noAck: true });
    const queue = await exclusive();
    channel.sendToQueue(queue, Buffer.from('?'), { replyTo: 'amq.rabbitmq.reply-to', correlationId: '7' });
    await channel.waitForConfirms();
    const { properties } = (await channel.get(queue, { noAck: true })) as Message;
    const other = await connect(broker.url);
    other.channel.sendToQueue(properties.replyTo, Buffer.from('!'), { correlationId: properties.correlationId });
    await expect.poll(() => replies.map(textOf)).toEqual(['!']);
    expect(replies[0]!.properties.correlationId).toBe('7');
    await other.channel.checkQueue(properties.replyTo);
    await channel.close();
    await expect(other.channel.checkQueue(properties.replyTo)).rejects.toThrow('404');
    await other.model.close();
  });
});

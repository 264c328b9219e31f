import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AmqpBroker, startAmqp } from './broker.ts';

let broker: AmqpBroker;
let model: ChannelModel;
let channel: ConfirmChannel;
let queue: string;

beforeAll(async () => {
  broker = await startAmqp();
  model = await amqp.connect(broker.url);
});
afterAll(() => broker.close());
beforeEach(async () => {
  channel = await model.createConfirmChannel();
  channel.on('error', () => {});
  ({ queue } = await channel.assertQueue('', { exclusive: true }));
});

const send = async (exchange: string, key: string, options: object = {}): Promise<void> => {
  channel.publish(exchange, key, Buffer.from(key), options);
  await channel.waitForConfirms();
};
const received = async (from = queue): Promise<string[]> => {
  const bodies: string[] = [];
  for (;;) {
    const message = await channel.get(from, { noAck: true });
    if (!message) return bodies;
    bodies.push(message.content.toString());
  }
};
const bindExchanges = async (...names: string[]): Promise<void> => {
  for (const [index, name] of names.slice(1).entries()) await channel.bindExchange(name, names[index]!, '');
};
const declare = async (type: string, ...names: string[]): Promise<void> => {
  for (const name of names) await channel.assertExchange(name, type, { autoDelete: true });
};

describe('an exchange of type headers', () => {
  it('routes by headers, and not by key', async () => {
    await channel.bindQueue(queue, 'amq.match', 'ignored', { 'x-match': 'any', kind: 'rpc', size: 3 });
    await send('amq.match', '1', { headers: { kind: 'rpc' } });
    await send('amq.match', '2', { headers: { kind: 'other', size: 3 } });
    await send('amq.match', '3', { headers: { kind: 'other' } });
    await send('amq.match', 'ignored');
    expect(await received()).toEqual(['1', '2']);
    await channel.unbindQueue(queue, 'amq.match', 'ignored', { size: 3, kind: 'rpc', 'x-match': 'any' });
    await send('amq.match', '4', { headers: { kind: 'rpc' } });
    expect(await received()).toEqual([]);
  });

  it('refuses a binding with an unknown x-match', async () => {
    const bound = channel.bindQueue(queue, 'amq.headers', '', { 'x-match': 'none' });
    await expect(bound).rejects.toThrow('PRECONDITION_FAILED - Invalid x-match field value <<"none">>');
  });
});

describe('an alternate exchange', () => {
  it('gets what has no other destination, also through another exchange', async () => {
    await declare('fanout', 'unrouted');
    await channel.assertExchange('main', 'direct', { autoDelete: true, alternateExchange: 'unrouted' });
    await channel.assertExchange('before', 'fanout', { autoDelete: true, alternateExchange: 'none' });
    await channel.bindExchange('main', 'before', '');
    await channel.bindQueue(queue, 'unrouted', '');
    await channel.bindQueue((await channel.assertQueue('', { exclusive: true })).queue, 'main', 'known');
    for (const key of ['known', 'unknown']) await send('main', key);
    await send('before', 'other');
    expect(await received()).toEqual(['unknown', 'other']);
  });

  it('is none by default, not even one named undefined', async () => {
    await declare('fanout', 'undefined', 'nothing');
    await channel.bindQueue(queue, 'undefined', '');
    await send('nothing', 'lost');
    expect(await received()).toEqual([]);
  });

  it('must be the same when it is declared again', async () => {
    await channel.assertExchange('same', 'fanout', { autoDelete: true, alternateExchange: 'a' });
    await channel.assertExchange('same', 'fanout', { autoDelete: true, alternateExchange: 'a' });
    const declared = channel.assertExchange('same', 'fanout', { autoDelete: true });
    await expect(declared).rejects.toThrow("received none but current is the value 'a' of type 'longstr'");
  });
});

describe('exchanges that are bound to each other', () => {
  it('pass messages on by their own types, once to each queue, also in a cycle', async () => {
    await declare('fanout', 'first', 'second');
    await declare('topic', 'third');
    await channel.bindExchange('third', 'second', '');
    await bindExchanges('first', 'second', 'first');
    await channel.bindExchange('first', 'third', 'a.*');
    await channel.bindQueue(queue, 'third', 'a.#');
    await channel.bindQueue(queue, 'first', '');
    await send('first', 'a.b');
    await send('second', 'b');
    await send('third', 'a.b.c');
    await send('third', 'b');
    expect(await received()).toEqual(['a.b', 'b', 'a.b.c']);
    await channel.unbindQueue(queue, 'first', '');
    await send('first', 'a.b');
    expect(await received()).toEqual(['a.b']);
    await channel.unbindExchange('third', 'second', '');
    await send('first', 'a.b');
    expect(await received()).toEqual([]);
  });

  it('are deleted with the last thing they are bound to, one after the other', async () => {
    await declare('fanout', 'outer', 'middle', 'inner');
    await bindExchanges('outer', 'middle', 'inner');
    await channel.bindQueue(queue, 'inner', '');
    await channel.deleteExchange('outer', { ifUnused: true }).catch(() => {});
    channel = await model.createConfirmChannel();
    channel.on('error', () => {});
    await channel.checkExchange('outer');
    await channel.deleteQueue(queue);
    await expect(channel.checkExchange('outer')).rejects.toThrow("no exchange 'outer' in vhost '/'");
  });

  it.each([
    ['missing', 'amq.fanout', "404 (NOT-FOUND) with message \"NOT_FOUND - no exchange 'missing' in vhost '/'\""],
    ['amq.fanout', 'missing', "404 (NOT-FOUND) with message \"NOT_FOUND - no exchange 'missing' in vhost '/'\""],
    ['amq.fanout', '', '403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - operation not permitted on the default'],
  ])('must exist and not be the default one: %s to %s', async (destination, source, text) => {
    await expect(channel.bindExchange(destination, source, '')).rejects.toThrow(text);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawClient } from '../../../testing/amqp/raw-client.ts';
import { type AmqpBroker, startAmqp } from '../broker.ts';
import { Writer } from '../wire/writer.ts';

let broker: AmqpBroker;
const lines: string[] = [];

beforeAll(async () => {
  broker = await startAmqp({ log: (line) => void lines.push(line) });
});
afterAll(() => broker.close());
beforeEach(() => void (lines.length = 0));

const publish = { reserved1: 0, exchange: '', routingKey: 'q', mandatory: false, immediate: false };
const headerOf = (size: number, classId = 60): Buffer => {
  const writer = new Writer();
  writer.short(classId);
  writer.short(0);
  writer.longlong(size);
  writer.short(0);
  return writer.take();
};

describe('the handshake', () => {
  it.each(['AMQP\x03\x01\x00\x00', 'AMQP\x00\x00\x09\x02', 'GET / HTTP/1.1\r\n\r\n'])(
    'answers %j with its own protocol header, and closes the connection',
    async (header) => {
      const client = new RawClient(broker.port);
      client.socket.write(header, 'latin1');
      await client.closed;
      expect(client.received.toString('latin1')).toBe('AMQP\0\0\x09\x01');
      expect(lines).toEqual([expect.stringContaining('unknown protocol header')]);
    },
  );

  it('announces RabbitMQ, whose dialect it speaks, and that it is embedded', async () => {
    const client = new RawClient(broker.port);
    client.socket.write('AMQP\0\0\x09\x01', 'latin1');
    const { serverProperties, mechanisms, versionMinor } = await client.expect('connection.start');
    expect(versionMinor).toBe(9);
    expect(mechanisms.toString()).toBe('PLAIN AMQPLAIN');
    expect(serverProperties.get('product')?.value).toBe('RabbitMQ');
    expect(serverProperties.get('version')?.value).toMatch(/^4\./);
    expect(serverProperties.get('embedded')).toEqual({ type: 'bool', value: true });
    client.socket.destroy();
  });

  const login = async (mechanism: string): Promise<RawClient> => {
    const client = new RawClient(broker.port);
    client.socket.write('AMQP\0\0\x09\x01', 'latin1');
    await client.expect('connection.start');
    const writer = new Writer();
    writer.table(new Map([['LOGIN', { type: 'longstr', value: 'guest' }]]));
    const response = writer.take().subarray(4);
    client.send(0, 'connection.start-ok', { clientProperties: new Map(), mechanism, response, locale: 'en_US' });
    return client;
  };

  it('accepts AMQPLAIN and refuses unknown mechanisms', async () => {
    const known = await login('AMQPLAIN');
    await known.expect('connection.tune');
    known.socket.destroy();
    const unknown = await login('EXTERNAL');
    const { replyText } = await unknown.expect('connection.close');
    expect(replyText).toBe("COMMAND_INVALID - unknown authentication mechanism 'EXTERNAL'");
    unknown.socket.destroy();
  });

  it.each([
    [{ frameMax: 4095 }, 'negotiated frame_max = 4095 is lower than the minimum allowed value (4096)'],
    [{ frameMax: 0 }, 'negotiated frame_max = 0 (no limit) is higher than the maximum allowed value (131072)'],
    [{ channelMax: 2048 }, 'negotiated channel_max = 2048 is higher than the maximum allowed value (2047)'],
  ])('refuses %j', async (tuned, text) => {
    const client = await RawClient.greet(broker.port);
    client.send(0, 'connection.tune-ok', { channelMax: 10, frameMax: 4096, heartbeat: 0, ...tuned });
    const close = await client.expect('connection.close');
    expect(close).toMatchObject({ replyCode: 530, replyText: `NOT_ALLOWED - ${text}` });
    client.send(0, 'connection.close-ok', {});
    await client.closed;
  });

  it('sends heartbeats and closes a connection that sends none', async () => {
    const client = await RawClient.open(broker.port, { heartbeat: 1 });
    await client.closed;
    expect(client.received.toString('hex')).toContain('08000000000000ce');
    expect(lines).toEqual([expect.stringContaining('missed heartbeats')]);
  });
});

describe('a connection', () => {
  it.each([
    ['a frame without its end', (client: RawClient) => client.frame(1, 1, Buffer.alloc(4), 0), 501],
    ['a frame larger than agreed', (client: RawClient) => client.frame(3, 1, Buffer.alloc(4097)), 501],
    ['a frame of an unknown type', (client: RawClient) => client.frame(4, 1, Buffer.alloc(1)), 501],
    ['a heartbeat on a channel', (client: RawClient) => client.frame(8, 1, Buffer.alloc(0)), 505],
    ['a body without a method', (client: RawClient) => client.frame(3, 1, Buffer.alloc(1)), 505],
    ['a truncated method', (client: RawClient) => client.frame(1, 1, Buffer.from('0032000a0000', 'hex')), 502],
    [
      'a method on a channel that is not open',
      (client: RawClient) => client.send(2, 'confirm.select', { noWait: false }),
      504,
    ],
    ['a channel opened twice', (client: RawClient) => client.send(1, 'channel.open', { reserved1: '' }), 504],
    [
      'a method in the wrong state',
      (client: RawClient) => client.send(0, 'connection.tune-ok', { channelMax: 1, frameMax: 4096, heartbeat: 0 }),
      504,
    ],
    ['an unknown method', (client: RawClient) => client.frame(1, 1, Buffer.from('003c00c8', 'hex')), 540],
    ['a transaction', (client: RawClient) => client.send(1, 'tx.select', {}), 540],
    [
      'flow control that stops deliveries',
      (client: RawClient) => client.send(1, 'channel.flow', { active: false }),
      540,
    ],
    [
      'an immediate message',
      (client: RawClient) => client.send(1, 'basic.publish', { ...publish, immediate: true }),
      540,
    ],
  ])('is closed after %s, with one log line', async (_, send, code) => {
    const client = await RawClient.open(broker.port);
    send(client);
    const { replyCode, replyText } = await client.expect('connection.close');
    expect(replyCode).toBe(code);
    expect(lines).toEqual([expect.stringContaining(replyText)]);
    client.send(0, 'connection.close-ok', {});
    await client.closed;
  });

  it('is closed after content that does not match its header', async () => {
    const wrong = [
      (client: RawClient) => client.send(1, 'basic.publish', publish),
      (client: RawClient) => client.frame(2, 1, headerOf(1, 50)),
      (client: RawClient) => client.frame(3, 1, Buffer.alloc(1)),
    ];
    for (const send of wrong) {
      const client = await RawClient.open(broker.port);
      client.send(1, 'basic.publish', publish);
      send(client);
      expect(await client.expect('connection.close')).toMatchObject({ replyCode: 505 });
      client.socket.destroy();
    }
  });

  it('enforces the agreed number of channels', async () => {
    const client = await RawClient.open(broker.port, { channelMax: 1 });
    client.send(2, 'channel.open', { reserved1: '' });
    const { replyText } = await client.expect('connection.close');
    expect(replyText).toBe('NOT_ALLOWED - number of channels opened (1) has reached the negotiated channel_max (1)');
    client.socket.destroy();
  });

  it('closes a channel after a message that is too large, and ignores its remaining frames', async () => {
    const client = await RawClient.open(broker.port);
    client.send(1, 'basic.publish', publish);
    client.frame(2, 1, headerOf(2 ** 40));
    client.frame(3, 1, Buffer.alloc(100));
    expect(await client.expect('channel.close')).toMatchObject({ replyCode: 406, classId: 60, methodId: 40 });
    client.send(1, 'channel.close-ok', {});
    client.send(1, 'channel.open', { reserved1: '' });
    await client.expect('channel.open-ok');
    client.socket.destroy();
  });

  it('reads frames in pieces of any size, and splits bodies by the agreed frame size', async () => {
    const client = await RawClient.open(broker.port);
    const declare = { reserved1: 0, queue: 'pieces', passive: false, durable: false, exclusive: true };
    client.send(1, 'queue.declare', { ...declare, autoDelete: false, noWait: false, arguments: new Map() });
    await client.expect('queue.declare-ok');
    const recorded: Buffer[] = [];
    const write = vi.spyOn(client.socket, 'write').mockImplementation((bytes) => recorded.push(bytes as Buffer) > 0);
    client.send(1, 'basic.publish', { ...publish, routingKey: 'pieces' });
    client.frame(2, 1, headerOf(9000));
    for (const size of [4088, 4088, 824]) client.frame(3, 1, Buffer.alloc(size, 'x'));
    client.send(1, 'basic.get', { reserved1: 0, queue: 'pieces', noAck: true });
    write.mockRestore();
    for (const octet of Buffer.concat(recorded).subarray(0, 200)) {
      client.socket.write(Buffer.from([octet]));
      await sleep(0);
    }
    client.socket.write(Buffer.concat(recorded).subarray(200));
    expect(await client.expect('basic.get-ok')).toMatchObject({ messageCount: 0, routingKey: 'pieces' });
    await expect.poll(() => client.received.length).toBeGreaterThan(9000);
    expect(client.received.toString('latin1').split(/x{4088}/)).toHaveLength(3);
    client.socket.destroy();
  });

  it('is closed with 320 when the broker shuts down', async () => {
    const own = await startAmqp();
    const client = await RawClient.open(own.port);
    const closed = own.close();
    expect(await client.expect('connection.close')).toMatchObject({ replyCode: 320 });
    client.send(0, 'connection.close-ok', {});
    await closed;
    await client.closed;
  });
});

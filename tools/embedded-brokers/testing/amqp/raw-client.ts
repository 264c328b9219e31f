import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PROTOCOL_HEADER } from '../../src/amqp/connection/handshake.ts';
import { bool, type Field } from '../../src/amqp/wire/fields.ts';
import { FrameReader } from '../../src/amqp/wire/frames.ts';
import { type Arguments, type Call, type MethodName, readMethod, writeMethod } from '../../src/amqp/wire/methods.ts';
import { Writer } from '../../src/amqp/wire/writer.ts';

/** An AMQP client that can violate the protocol. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  /** Everything received so far. */
  received = Buffer.alloc(0);
  private readonly reader = new FrameReader();
  private readonly calls: Call[] = [];
  private waiting?: () => void;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.closed = once(this.socket, 'close');
    this.socket.on('data', (chunk) => this.onData(chunk));
  }

  /** Connects and opens channel 1. */
  static async open(port: number, tuned: Partial<Arguments<'connection.tune-ok'>> = {}): Promise<RawClient> {
    const client = await RawClient.greet(port);
    client.send(0, 'connection.tune-ok', { channelMax: 10, frameMax: 4096, heartbeat: 0, ...tuned });
    client.send(0, 'connection.open', { virtualHost: '/', reserved1: '', reserved2: false });
    await client.expect('connection.open-ok');
    client.send(1, 'channel.open', { reserved1: '' });
    await client.expect('channel.open-ok');
    return client;
  }

  /** Connects and stops after connection.tune. */
  static async greet(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    client.socket.write(PROTOCOL_HEADER);
    await client.expect('connection.start');
    const response = Buffer.from('\0user\0password');
    const capabilities: Field = { type: 'table', value: new Map([['consumer_cancel_notify', bool(true)]]) };
    const args = {
      clientProperties: new Map([['capabilities', capabilities]]),
      mechanism: 'PLAIN',
      response,
      locale: 'en_US',
    };
    client.send(0, 'connection.start-ok', args);
    await client.expect('connection.tune');
    return client;
  }

  send<Name extends MethodName>(channel: number, name: Name, args: Arguments<Name>): void {
    const writer = new Writer();
    writeMethod(writer, name, args);
    this.frame(1, channel, writer.take());
  }

  frame(type: number, channel: number, payload: Buffer, end = 0xce): void {
    this.socket.write(frameOf(type, channel, payload, end));
  }

  /** Waits for the next method; throws unless it is `name`. */
  async expect<Name extends MethodName>(name: Name): Promise<Arguments<Name>> {
    while (!this.calls.length) {
      if (this.socket.destroyed) throw new Error(`the broker closed the connection instead of ${name}`);
      await Promise.race([this.closed, new Promise<void>((resolve) => (this.waiting = resolve))]);
    }
    const call = this.calls.shift()!;
    if (call.name !== name) throw new Error(`${JSON.stringify(call)} instead of ${name}`);
    return call.args as Arguments<Name>;
  }

  private onData(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    if (this.received.subarray(0, 4).equals(PROTOCOL_HEADER.subarray(0, 4))) return;
    this.reader.frameMax = 131_072;
    this.reader.push(chunk);
    for (let frame = this.reader.next(); frame; frame = this.reader.next())
      if (frame.type === 1) this.calls.push(readMethod(frame.payload));
    this.waiting?.();
  }
}

export const frameOf = (type: number, channel: number, payload: Buffer, end = 0xce): Buffer => {
  const writer = new Writer();
  writer.octet(type);
  writer.short(channel);
  writer.longstr(payload);
  writer.octet(end);
  return writer.take();
};

import type { Socket } from 'node:net';
import type { Faults } from '../../faults/faults.ts';
import { AmqpError, channelError, ConnectionLost, unexpectedFrame } from '../errors.ts';
import type { VirtualHost } from '../vhost/vhost.ts';
import { BODY, type Frame, FrameReader, FrameWriter, frameError, HEADER, HEARTBEAT, METHOD } from '../wire/frames.ts';
import { type Arguments, type Call, idOf, type MethodName, readMethod } from '../wire/methods.ts';
import type { Session } from './channel.ts';
import { Channels, closing } from './channels.ts';
import { expectTuned, isCapable, nameOf, PROTOCOL_HEADER, START, TUNE, userOf } from './handshake.ts';

/** Milliseconds for the handshake up to connection.open, and for connection.close-ok. */
const HANDSHAKE_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 10_000;
/** Milliseconds to wait if close-ok cannot be understood or the broker shuts down. */
const SHORT_TIMEOUT = 1000;

type State = 'header' | 'starting' | 'tuning' | 'opening' | 'running' | 'closing';

/** The broker, as its connections see it. */
export interface Broker {
  vhost(name: string): VirtualHost;
  log(line: string): void;
  readonly faults?: Faults;
}

/** One connection (spec 2.2): from the protocol header to connection.close. */
export class Connection implements Session {
  readonly writer: FrameWriter;
  vhost!: VirtualHost;
  user = '';
  clientName?: string;
  wantsCancel = false;
  private state: State = 'header';
  private heardAt = Date.now();
  private heart?: NodeJS.Timeout;
  private timeout: NodeJS.Timeout;
  private readonly reader = new FrameReader();
  private channels?: Channels;
  private readonly socket: Socket;
  private readonly broker: Broker;

  constructor(socket: Socket, broker: Broker) {
    this.socket = socket;
    this.broker = broker;
    this.writer = new FrameWriter(socket);
    this.timeout = setTimeout(() => this.drop('no connection.open in time'), HANDSHAKE_TIMEOUT);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.onData(chunk));
    socket.on('drain', () => this.onDrain());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.dispose());
  }

  /** RabbitMQ's name for it: `<client> -> <server>`, each as host and port. */
  get name(): string {
    return `${this.peer} -> ${this.socket.localAddress}:${this.socket.localPort}`;
  }

  /** Whether connection.open is done and nobody has closed the connection. */
  get isOpen(): boolean {
    return this.state === 'running';
  }

  /** Sends connection.close with 320 CONNECTION_FORCED and the reason. */
  forceClosed(reason: string): void {
    if (this.state === 'header') return void this.socket.destroy();
    this.close(new AmqpError('CONNECTION_FORCED', reason));
    this.destroyIn(SHORT_TIMEOUT);
  }

  get faults(): Faults | undefined {
    return this.broker.faults;
  }

  /** As if the network had gone: the client is told nothing. */
  lose(): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    this.disposeChannels();
    this.socket.destroy();
  }

  closeChannel(number: number, error: AmqpError): void {
    if (this.state === 'running') this.channels!.refuse(error, number);
  }

  private onData(chunk: Buffer): void {
    this.heardAt = Date.now();
    this.reader.push(chunk);
    try {
      if (this.state === 'header' && !this.readHeader()) return;
      for (let frame = this.reader.next(); frame; frame = this.reader.next()) this.onFrame(frame);
    } catch (thrown) {
      this.refuse(thrown, 0);
      this.stopReading();
    }
    this.channels?.sendConfirms();
    if (this.writer.full) this.socket.pause();
  }

  private onDrain(): void {
    this.socket.resume();
    this.channels?.resume();
  }

  /** Answers any other protocol header with ours (spec 4.2.2). */
  private readHeader(): boolean {
    const header = this.reader.take(PROTOCOL_HEADER.length);
    if (!header) return false;
    if (!header.equals(PROTOCOL_HEADER)) {
      this.broker.log(
        `AMQP: ${this.peer}: connection refused: unknown protocol header ${JSON.stringify(header.toString('latin1'))}`,
      );
      this.socket.end(PROTOCOL_HEADER);
      this.stopReading();
      return false;
    }
    this.state = 'starting';
    this.writer.method(0, 'connection.start', START);
    return true;
  }

  private onFrame(frame: Frame): void {
    if (this.state === 'closing') return this.onFrameWhileClosing(frame);
    let call: Call | undefined;
    try {
      if (frame.type === HEARTBEAT) return expectHeartbeat(frame);
      if (frame.type === METHOD) call = readMethod(frame.payload);
      if (frame.channel === 0) this.onConnectionFrame(frame, call);
      else if (this.state === 'running') this.channels!.onFrame(frame, call);
      else throw unexpectedFrame(`type ${frame.type}`);
    } catch (thrown) {
      this.refuse(thrown, frame.channel, call?.name ?? (frame.type === METHOD ? undefined : 'basic.publish'));
    }
  }

  private onFrameWhileClosing({ type, channel, payload }: Frame): void {
    if (type !== METHOD || channel !== 0 || payload.length < 4) return;
    const id = [payload.readUInt16BE(0), payload.readUInt16BE(2)].join();
    if (id === idOf('connection.close-ok').join()) this.socket.end();
    if (id === idOf('connection.close').join()) this.writer.method(0, 'connection.close-ok', {});
  }

  /** Class connection (spec 1.4), on channel 0. */
  private onConnectionFrame({ type, payload }: Frame, call: Call | undefined): void {
    if (!call)
      throw type === HEADER || type === BODY
        ? unexpectedFrame(`type ${type}`)
        : frameError(type, payload, 'unknown_frame');
    const { state } = this;
    if (call.name === 'connection.start-ok' && state === 'starting') return this.onStartOk(call.args);
    if (call.name === 'connection.tune-ok' && state === 'tuning') return this.onTuneOk(call.args);
    if (call.name === 'connection.open' && state === 'opening') return this.onOpen(call.args);
    if (call.name === 'connection.update-secret' && state === 'running')
      return this.writer.method(0, 'connection.update-secret-ok', {});
    if (call.name !== 'connection.close') throw channelError(`unexpected method in connection state ${state}`);
    this.state = 'closing';
    this.disposeChannels();
    this.writer.method(0, 'connection.close-ok', {});
    this.writer.flush();
    this.socket.end();
  }

  private onStartOk(args: Arguments<'connection.start-ok'>): void {
    this.user = userOf(args);
    this.clientName = nameOf(args);
    this.wantsCancel = isCapable(args, 'consumer_cancel_notify');
    this.state = 'tuning';
    this.writer.method(0, 'connection.tune', TUNE);
  }

  private onTuneOk(args: Arguments<'connection.tune-ok'>): void {
    expectTuned(args);
    this.reader.frameMax = this.writer.frameMax = args.frameMax;
    this.channels = new Channels(this, args.channelMax);
    this.state = 'opening';
    if (args.heartbeat) this.heart = setInterval(() => this.beat(args.heartbeat * 1000), args.heartbeat * 500);
  }

  private onOpen({ virtualHost }: Arguments<'connection.open'>): void {
    clearTimeout(this.timeout);
    this.vhost = this.broker.vhost(virtualHost);
    this.state = 'running';
    this.writer.method(0, 'connection.open-ok', { reserved1: '' });
  }

  private refuse(thrown: unknown, channel: number, method?: MethodName): void {
    if (thrown instanceof ConnectionLost) return this.lose();
    const error = thrown instanceof AmqpError ? thrown : new AmqpError('INTERNAL_ERROR', 'see the log of the broker');
    if (error !== thrown) this.broker.log(`AMQP: ${this.peer}: ${(thrown as Error).stack}`);
    if (!this.channels?.refuse(error, channel, method)) this.close(error, method);
  }

  /** Sends connection.close (1.4.2.9), then ignores everything but close-ok. */
  private close(error: AmqpError, method?: MethodName): void {
    if (this.state === 'closing') return;
    if (error.replyName !== 'CONNECTION_FORCED') this.broker.log(`AMQP: ${this.peer}: ${error.message}`);
    this.state = 'closing';
    this.disposeChannels();
    this.writer.method(0, 'connection.close', closing(error, method));
    this.destroyIn(CLOSE_TIMEOUT);
  }

  /** Stops reading, since nothing after a malformed frame can be understood. */
  private stopReading(): void {
    this.socket.removeAllListeners('data');
    this.socket.resume();
    this.destroyIn(SHORT_TIMEOUT);
  }

  private destroyIn(milliseconds: number): void {
    clearTimeout(this.timeout);
    this.timeout = setTimeout(() => this.socket.destroy(), milliseconds);
  }

  /** Sends heartbeats (spec 4.2.7) twice per agreed interval; closes the connection when two intervals bring none. */
  private beat(interval: number): void {
    if (Date.now() - this.heardAt > 2 * interval && !this.socket.isPaused()) return this.drop('missed heartbeats');
    this.writer.heartbeat();
  }

  private drop(why: string): void {
    this.broker.log(`AMQP: ${this.peer}: connection closed: ${why}`);
    this.socket.destroy();
  }

  private disposeChannels(): void {
    this.channels?.dispose();
    // exclusive queues end with their connection (spec 1.7.2.1)
    for (const queue of this.vhost?.queues.values() ?? [])
      if (queue.settings.owner === this) this.vhost.deleteQueue(queue);
  }

  private dispose(): void {
    this.state = 'closing';
    clearTimeout(this.timeout);
    clearInterval(this.heart);
    this.disposeChannels();
  }

  private get peer(): string {
    return `${this.socket.remoteAddress}:${this.socket.remotePort}`;
  }
}

const expectHeartbeat = ({ channel, type, payload }: Frame): void => {
  if (payload.length) throw frameError(type, payload, 'unknown_frame');
  if (channel) throw unexpectedFrame(`type ${type}, all octets = <<>>`);
};

import { type AmqpError, channelError, notAllowed, unexpectedFrame } from '../errors.ts';
import { BODY, type Frame, frameError, HEADER } from '../wire/frames.ts';
import { type Arguments, type Call, idOf, type MethodName } from '../wire/methods.ts';
import { Channel, type Session } from './channel.ts';

/** The channels of one connection, by number (spec 2.2.5). */
export class Channels {
  /** 'closing' from our channel.close until the client's close-ok. */
  private readonly channels = new Map<number, Channel | 'closing'>();
  private readonly unconfirmed = new Set<Channel>();
  private readonly session: Session;
  private readonly max: number;

  constructor(session: Session, max: number) {
    this.session = session;
    this.max = max;
  }

  /** `call` is the frame's method, if it is one. */
  onFrame(frame: Frame, call: Call | undefined): void {
    const channel = this.channels.get(frame.channel);
    if (!channel) return this.open(frame.channel, call);
    if (channel === 'closing') return this.onFrameWhileClosing(frame.channel, call);
    if (call) return this.onMethod(channel, call);
    if (frame.type !== HEADER && frame.type !== BODY) throw frameError(frame.type, frame.payload, 'unknown_frame');
    const publication =
      frame.type === HEADER ? channel.publishing.header(frame.payload) : channel.publishing.body(frame.payload);
    if (publication) channel.publish(publication);
  }

  /** Sends channel.close (1.5.2.5) after a soft error; false if the connection must be closed instead. */
  refuse(error: AmqpError, number: number, method?: MethodName): boolean {
    const channel = this.channels.get(number);
    if (error.hard || !(channel instanceof Channel)) return false;
    this.end(channel);
    this.channels.set(number, 'closing');
    this.session.writer.method(number, 'channel.close', closing(error, method));
    return true;
  }

  /** Sends the confirms for all messages received so far. */
  sendConfirms(): void {
    for (const channel of this.unconfirmed) channel.sendConfirms();
    this.unconfirmed.clear();
  }

  /** Continues delivering once the socket accepts more. */
  resume(): void {
    for (const channel of this.living) channel.resume();
  }

  /** Cancels all consumers first, so that none of them gets what another one returns. */
  dispose(): void {
    const channels = this.living;
    this.channels.clear();
    this.unconfirmed.clear();
    for (const channel of channels) channel.stopConsuming();
    for (const channel of channels) channel.dispose();
  }

  private onMethod(channel: Channel, call: Call): void {
    if (channel.publishing.expectsContent)
      throw unexpectedFrame('expected content header for class 60, got non content header frame instead');
    if (call.name === 'basic.publish') return channel.publishing.start(call.args);
    if (call.name !== 'channel.close') return channel.handle(call);
    this.end(channel);
    this.channels.delete(channel.number);
    this.session.writer.method(channel.number, 'channel.close-ok', {});
  }

  /** channel.open (1.5.2.1) */
  private open(number: number, call: Call | undefined): void {
    if (call?.name !== 'channel.open') throw channelError("expected 'channel.open'");
    if (this.channels.size >= this.max)
      throw notAllowed(
        `number of channels opened (${this.channels.size}) has reached the negotiated channel_max (${this.max})`,
      );
    this.channels.set(number, new Channel(number, this.session, this.unconfirmed));
    this.session.writer.method(number, 'channel.open-ok', { reserved1: Buffer.alloc(0) });
  }

  /** Ignores all methods before close-ok: the client sent them before it knew (spec 1.5.2.5). */
  private onFrameWhileClosing(number: number, call: Call | undefined): void {
    if (call?.name === 'channel.close-ok') this.channels.delete(number);
    if (call?.name === 'channel.close') this.session.writer.method(number, 'channel.close-ok', {});
  }

  private end(channel: Channel): void {
    channel.sendConfirms();
    this.unconfirmed.delete(channel);
    channel.dispose();
  }

  private get living(): Channel[] {
    return [...this.channels.values()].filter((channel) => channel instanceof Channel);
  }
}

/** Arguments of channel.close and connection.close. */
export const closing = ({ code, message }: AmqpError, method?: MethodName): Arguments<'channel.close'> => {
  const [classId, methodId] = method ? idOf(method) : [0, 0];
  return { replyCode: code, replyText: message, classId, methodId };
};

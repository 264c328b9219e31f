import type { Socket } from 'node:net';
import { AmqpError } from '../errors.ts';
import { type Arguments, idOf, type MethodName, writeMethod } from './methods.ts';
import { Writer } from './writer.ts';

/** Types of frames (spec 4.2.3). */
export const METHOD = 1;
export const HEADER = 2;
export const BODY = 3;
export const HEARTBEAT = 8;

const FRAME_END = 0xce;
const HEAD_SIZE = 7; // type, channel, size
/** Octets of a frame besides its payload; frame-max includes them. */
const OVERHEAD = HEAD_SIZE + 1;

/** Largest frame before both sides agree on a limit; the spec's 4,096 is too small for some access tokens. */
const INITIAL_FRAME_MAX = 8192;

/** Frame = type:octet channel:short size:long payload frame-end:0xce (spec 4.2.3). */
export interface Frame {
  type: number;
  channel: number;
  /** Only valid until the next chunk is read: copy it to keep it. */
  payload: Buffer;
}

/** Splits the octets from a socket into frames. */
export class FrameReader {
  frameMax = INITIAL_FRAME_MAX;
  private chunks: Buffer[] = [];
  private length = 0;
  private needed = HEAD_SIZE;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The next `length` octets, once all of them have arrived. */
  take(length: number): Buffer | undefined {
    const bytes = this.peek(length);
    if (bytes) this.drop(length);
    return bytes;
  }

  /** The next complete frame. Throws FRAME_ERROR if there is no valid one: nothing after it can be understood. */
  next(): Frame | undefined {
    const bytes = this.peek(this.needed);
    if (!bytes) return undefined;
    const type = bytes.readUInt8(0);
    const channel = bytes.readUInt16BE(1);
    const size = bytes.readUInt32BE(3);
    // RabbitMQ allows frames to exceed the limit by a frame's overhead, since clients count differently
    if (size > this.frameMax)
      throw frameError(type, Buffer.alloc(0), `{frame_too_large,${size},${this.frameMax - OVERHEAD}}`);
    this.needed = size + OVERHEAD;
    const whole = this.peek(this.needed);
    if (!whole) return undefined;
    const payload = whole.subarray(HEAD_SIZE, HEAD_SIZE + size);
    const end = whole[HEAD_SIZE + size];
    if (end !== FRAME_END) throw frameError(type, payload, `{invalid_frame_end_marker,${end}}`);
    this.drop(this.needed);
    this.needed = HEAD_SIZE;
    return { type, channel, payload };
  }

  private peek(length: number): Buffer | undefined {
    if (this.length < length) return undefined;
    if (this.chunks[0]!.length < length) this.chunks = [Buffer.concat(this.chunks, this.length)];
    return this.chunks[0]!.subarray(0, length);
  }

  private drop(length: number): void {
    const [first] = this.chunks;
    this.length -= length;
    if (first!.length === length) this.chunks.shift();
    else this.chunks[0] = first!.subarray(length);
  }
}

export const frameError = (type: number, payload: Buffer, what: string): AmqpError => {
  const part = payload.length > 16 ? 'first 16' : 'all';
  return new AmqpError('FRAME_ERROR', `type ${type}, ${part} octets = <<${[...payload.subarray(0, 16)]}>>: ${what}`);
};

/** A message's encoded properties and its body. */
export interface Content {
  properties: Buffer;
  body: Buffer;
}

const BATCH_SIZE = 64 * 1024;
const COPY_LIMIT = 16 * 1024;

/** Collects the frames of one turn of the event loop and writes them at once. */
export class FrameWriter extends Writer {
  frameMax = INITIAL_FRAME_MAX;
  private scheduled = false;
  private readonly socket: Socket;

  constructor(socket: Socket) {
    super(1024);
    this.socket = socket;
  }

  /** Whether the client reads more slowly than we write. */
  get full(): boolean {
    return this.socket.writableNeedDrain;
  }

  get ended(): boolean {
    return !this.socket.writable;
  }

  /** Octets that the client has not read yet. */
  get unread(): number {
    return this.socket.writableLength;
  }

  /** Method frame (spec 4.2.4) */
  method<Name extends MethodName>(channel: number, name: Name, args: Arguments<Name>): void {
    this.frame(METHOD, channel, () => writeMethod(this, name, args));
    this.schedule();
  }

  /** Method frame, content header (spec 4.2.6.1) and as many body frames (4.2.6.2) as the agreed frame-max requires. */
  content<Name extends MethodName>(channel: number, name: Name, args: Arguments<Name>, content: Content): void {
    this.frame(METHOD, channel, () => writeMethod(this, name, args));
    this.frame(HEADER, channel, () => {
      this.short(idOf(name)[0]);
      this.short(0); // weight
      this.longlong(content.body.length);
      this.raw(content.properties);
    });
    const limit = this.frameMax - OVERHEAD;
    for (let start = 0; start < content.body.length; start += limit)
      this.body(channel, content.body.subarray(start, start + limit));
    if (this.length > BATCH_SIZE) this.flush();
    this.schedule();
  }

  /** Heartbeat frame (spec 4.2.7) */
  heartbeat(): void {
    this.frame(HEARTBEAT, 0, () => {});
    this.schedule();
  }

  flush(): void {
    if (this.length && this.socket.writable) this.socket.write(this.take());
    this.length = 0;
  }

  private frame(type: number, channel: number, writePayload: () => void): void {
    this.octet(type);
    this.short(channel);
    this.measured(writePayload);
    this.octet(FRAME_END);
  }

  private body(channel: number, part: Buffer): void {
    if (part.length <= COPY_LIMIT) return this.frame(BODY, channel, () => this.raw(part));
    this.octet(BODY);
    this.short(channel);
    this.long(part.length);
    this.flush();
    if (this.socket.writable) this.socket.write(part);
    this.octet(FRAME_END);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }
}

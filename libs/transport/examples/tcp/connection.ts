import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { MAX_MESSAGE_BYTES } from '../../src/errors.ts';
import { MAX_WAITING_BYTES } from '../../src/pipeline/outflow.ts';

/** One client's connection: the frames of Nest's JsonSocket, and the calls in flight that came over it. */
export class TcpConnection extends JsonSocket {
  /** Size in bytes of the packet in hand: `emitMessage` gives it to the server at once. */
  packetBytes = 0;
  private readonly calls = new Map<unknown, AbortController>();

  constructor(socket: Socket) {
    // what is larger than 1 MiB is read, so that it can be refused with an error; beyond this the connection is closed
    super(socket, { maxBufferSize: 4 * MAX_MESSAGE_BYTES });
    socket.once('close', () => {
      for (const call of this.calls.values()) call.abort();
    });
  }

  /** Whether more waits for the client than it may. */
  get isFull(): boolean {
    return this.netSocket.writableLength > 2 * MAX_WAITING_BYTES; // one message may be 1 MiB
  }

  /** Resolves when the client can take more. */
  async drained(): Promise<void> {
    await nextTurn(); // Nest writes an answer on the next tick
    if (this.netSocket.writableNeedDrain && !this.netSocket.destroyed)
      await Promise.race([once(this.netSocket, 'drain'), once(this.netSocket, 'close')]).catch(() => {});
  }

  /** The signal aborts when the caller cancels the call or goes away. */
  beginCall(id: unknown): AbortSignal {
    const call = new AbortController();
    this.calls.set(id, call);
    return call.signal;
  }

  cancelCall(id: unknown): void {
    this.calls.get(id)?.abort();
  }

  endCall(id: unknown): void {
    this.calls.delete(id);
  }

  protected override emitMessage(text: string): void {
    this.packetBytes = Buffer.byteLength(text);
    super.emitMessage(text);
  }
}

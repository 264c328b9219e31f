import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Logger } from '@nestjs/common';
import { ServerTCP, TcpContext, type WritePacket } from '@nestjs/microservices';
import type { Operation } from '@fourfold/contracts/contract';
import { catchError, fromEvent, map, type Observable, takeUntil, throwError } from 'rxjs';
import {
  causeOf,
  MAX_MESSAGE_BYTES,
  messageTooLarge,
  PermanentError,
  problemOf,
  toServiceError,
  unavailable,
  unknownOperation,
} from '../../src/errors.ts';
import { mountStrategy } from '../../src/pipeline/application.ts';
import { answersOf, handle } from '../../src/pipeline/handle.ts';
import { slowReader } from '../../src/pipeline/outflow.ts';
import { replyJson } from '../../src/pipeline/json.ts';
import { withTimeLimit } from '../../src/time.ts';
import type { Server } from '../../src/transport.ts';
import { TcpConnection } from './connection.ts';
import { CANCEL, messageOf, type Packet } from './message.ts';
import { readMetadata } from './metadata.ts';

export interface TcpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Milliseconds that calls in flight get at shutdown: 10,000. */
  drainTimeout?: number;
}

/** Nest's TCP server with our errors and message context, streams that can be cancelled, and a bounded drain. */
export class TcpServer extends ServerTCP implements Server {
  readonly transport = 'tcp';
  protected override readonly logger = new Logger('tcp');
  private readonly inFlight = new Set<Promise<void>>();
  private closing?: Promise<void>;

  constructor(private readonly settings: TcpServerOptions) {
    super({ host: settings.host, port: settings.port, socketClass: TcpConnection });
  }

  mount(app: INestApplication): void {
    mountStrategy(app, this);
  }

  override async listen(): Promise<void> {
    this.server.listen(this.port, this.host);
    await once(this.server, 'listening').catch((thrown: unknown) => {
      throw new PermanentError(`TCP_PORT ${this.port}: cannot listen: ${causeOf(thrown)}`);
    });
  }

  isReady(): boolean {
    return this.server.listening && !this.closing;
  }

  get address(): string | undefined {
    const address = this.server.address() as AddressInfo | null;
    return address ? `${this.host}:${address.port}` : undefined;
  }

  override close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  /** Nest calls this for each packet. `handleRequest` runs the hooks of whoever instruments Nest, and hands on each answer. */
  override async handleMessage(connection: TcpConnection, packet: Packet): Promise<void> {
    const { id, pattern, data, metadata } = packet;
    if (pattern === CANCEL) return connection.cancelCall(data);
    const context = new TcpContext([connection, String(pattern), readMetadata(metadata)]);
    const answers = this.answer(packet, connection, context);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.inFlight.add(promise);
    this.handleRequest(
      context,
      async () => answers,
      (answer: WritePacket) => {
        connection.sendMessage({ ...answer, id });
        if (connection.isFull) connection.netSocket.destroy(slowReader());
        if (!answer.isDisposed) return; // more will follow
        connection.endCall(id);
        this.inFlight.delete(promise);
        resolve();
      },
    );
  }

  /** The answers as JSON; errors are problem documents. */
  private answer(packet: Packet, connection: TcpConnection, context: TcpContext): Observable<unknown> {
    const cancelled = connection.beginCall(packet.id);
    const isTooLarge = connection.packetBytes > MAX_MESSAGE_BYTES;
    const handler = this.messageHandlers.get(packet.pattern as string);
    const { operation } = (handler?.extras ?? {}) as { operation?: Operation };
    const message = messageOf(packet, operation?.kind !== 'stream', cancelled);
    const run = async () => {
      if (this.closing) throw unavailable('the service is shutting down');
      if (isTooLarge) throw messageTooLarge();
      if (!handler) throw unknownOperation(message.name);
      const results = answersOf(await handler(packet.data, context));
      return operation ? results.pipe(map((result) => JSON.parse(replyJson(operation.response, result)))) : results;
    };
    return handle({ ...message, ready: () => connection.drained() }, run).pipe(
      takeUntil(fromEvent(cancelled, 'abort')),
      catchError((thrown: unknown) => throwError(() => problemOf(toServiceError(thrown)))),
    );
  }

  /** Lets calls in flight end, within a limit. Nest's own would cut them off. */
  private async shutDown(): Promise<void> {
    this.server.close();
    const flush = () =>
      Promise.all([...this.openSockets].map((socket) => new Promise<void>((done) => socket.end(done))));
    await withTimeLimit(Promise.all(this.inFlight).then(flush), this.settings.drainTimeout ?? 10_000).catch(() =>
      this.logger.warn(`${this.inFlight.size} calls were not done in time: their connections are closed`),
    );
    super.close();
  }

  /** One line for what a peer breaks off, where Nest would log a stack trace. If `listen` fails, its error says so. */
  protected override handleError(error: unknown): void {
    if (this.server.listening) this.logger.warn(`a connection failed: ${causeOf(error)}`);
  }
}

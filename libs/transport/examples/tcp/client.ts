import { ClientTCP, type PacketId, type ReadPacket } from '@nestjs/microservices';
import {
  catchError,
  defer,
  lastValueFrom,
  map,
  mergeMap,
  Observable,
  Subject,
  takeUntil,
  tap,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import { clientClosed, deadlineExceeded, malformedAnswer } from '../../src/errors.ts';
import { untilAbort } from '../../src/pipeline/handle.ts';
import { timeLeft } from '../../src/time.ts';
import type { Client, OutgoingCall } from '../../src/transport.ts';
import { errorOfAnswer } from './errors.ts';
import { CANCEL, packetOf } from './message.ts';

/** Calls and streams through Nest's TCP client. */
export class TcpClient implements Client {
  private readonly connection: Connection;
  /** Fails the calls in flight, and all later ones. */
  private readonly closed = new Subject<never>();

  /** `host:port` */
  constructor(address: string) {
    const { hostname: host, port } = new URL(`tcp://${address}`);
    this.connection = new Connection({ host, port: Number(port) });
  }

  async call(call: OutgoingCall): Promise<unknown> {
    return lastValueFrom(this.answers(call).pipe(throwIfEmpty(() => malformedAnswer(call.operation.name))));
  }

  stream(call: OutgoingCall): Observable<unknown> {
    return this.answers(call);
  }

  async close(): Promise<void> {
    this.closed.error(clientClosed());
    this.connection.close();
  }

  private answers(call: OutgoingCall): Observable<unknown> {
    const { name, response } = call.operation;
    const { signal = new AbortController().signal } = call;
    return defer(() =>
      untilAbort(this.connection.request(packetOf(call)), signal).pipe(
        takeUntil(this.closed),
        timeout({ first: timeLeft(call.deadline), with: () => throwError(() => deadlineExceeded(name)) }),
        catchError((thrown: unknown) => throwError(() => errorOfAnswer(thrown))),
        map((answer) => response.fromJSON(answer)),
      ),
    );
  }
}

/** Nest's client. It connects when first used, and again after the connection was lost. */
class Connection extends ClientTCP {
  /** As Nest's `send`, but with metadata, and it tells the server if nobody waits for the answer any more. */
  request(packet: ReadPacket): Observable<unknown> {
    const answers = new Observable((subscriber) => this.publish(packet, this.createObserver(subscriber)));
    const cancel = () => this.socket?.sendMessage({ pattern: CANCEL, data: (packet as ReadPacket & PacketId).id });
    return defer(() => this.connect()).pipe(mergeMap(() => answers.pipe(tap({ unsubscribe: cancel }))));
  }

  /** Nest would log the error. The calls in flight fail with it, and that is enough. */
  override handleError(): void {}
}

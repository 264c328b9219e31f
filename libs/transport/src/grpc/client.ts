import type { Client as Channel } from '@grpc/grpc-js';
import { ClientGrpcProxy } from '@nestjs/microservices';
import type { Operation } from '@fourfold/contracts/contract';
import { Observable } from 'rxjs';
import { clientClosed, deadlineExceeded, invalidInput } from '../errors.ts';
import { onAbort } from '../time.ts';
import type { Client, OutgoingCall } from '../transport.ts';
import { errorOfStatus } from './errors.ts';
import { KEEPALIVE } from './keepalive.ts';
import { writeMetadata } from './metadata.ts';
import { methodOf } from './method.ts';

/** A service that is back is found again soon: grpc-js waits a second before its first new attempt, and up to two minutes later. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000 };
/** Calls go to all addresses of a name in turn; grpc-js would stay with the first. */
const BALANCE = { 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }) };

/** Calls and streams through the channels of Nest's gRPC client, with the generated codecs. */
export class GrpcClient implements Client {
  private readonly proxies = new Map<string, ClientGrpcProxy>();
  /** Ends the calls in flight. */
  private readonly pending = new Set<() => void>();
  private isClosed = false;

  /** `target` as in gRPC name resolution: `127.0.0.1:50051`, `dns:///orders:50051`, `ipv4:10.0.0.1:50051,10.0.0.2:50051`. */
  constructor(private readonly target: string) {}

  async call({ operation, input, deadline, metadata, idempotencyKey, signal }: OutgoingCall): Promise<unknown> {
    const { path, responseDeserialize } = methodOf(operation);
    const request = bytesOf(operation, input);
    const channel = this.channelOf(operation.service);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const call = channel.makeUnaryRequest(
      path,
      asIs,
      responseDeserialize,
      request,
      writeMetadata(metadata, idempotencyKey),
      { deadline },
      (error, answer) => (error ? reject(errorOfStatus(error, operation.name)) : resolve(answer)),
    );
    const cancel = (reason: unknown) => {
      reject(reason);
      call.cancel();
    };
    const end = () => cancel(clientClosed());
    this.pending.add(end);
    const settled = onAbort(signal, () => cancel(signal!.reason));
    return promise.finally(() => {
      settled();
      this.pending.delete(end);
    });
  }

  /** An Observable, and an async iterable that asks the service for the next message when it is asked itself. */
  stream(call: OutgoingCall): Observable<unknown> & AsyncIterable<unknown> {
    const observable = new Observable((subscriber) => {
      const left = new AbortController();
      const messages = this.messages(call, left.signal);
      const run = async () => {
        for await (const message of messages) subscriber.next(message);
      };
      run().then(
        () => subscriber.complete(),
        (thrown: unknown) => subscriber.error(thrown),
      );
      return () => left.abort();
    });
    return Object.assign(observable, { [Symbol.asyncIterator]: () => this.messages(call) });
  }

  private async *messages(
    { operation, input, deadline, metadata, idempotencyKey, signal }: OutgoingCall,
    left?: AbortSignal,
  ): AsyncGenerator<unknown> {
    const { path, responseDeserialize } = methodOf(operation);
    const request = bytesOf(operation, input);
    const channel = this.channelOf(operation.service);
    const sent = writeMetadata(metadata, idempotencyKey);
    const call = channel.makeServerStreamRequest(path, asIs, responseDeserialize, request, sent);
    let reason: unknown;
    const end = (why: unknown) => {
      reason ??= why;
      call.cancel();
    };
    const close = () => end(clientClosed());
    this.pending.add(close);
    const settled = [onAbort(signal, () => end(signal!.reason)), onAbort(left, () => call.cancel())];
    // a stream may outlive the deadline: that bounds its first message
    const timer = setTimeout(() => end(deadlineExceeded(operation.name)), deadline - Date.now());
    try {
      for await (const message of call) {
        clearTimeout(timer);
        yield message;
      }
    } catch (thrown) {
      throw reason ?? errorOfStatus(thrown as never, operation.name);
    } finally {
      clearTimeout(timer);
      this.pending.delete(close);
      for (const settle of settled) settle();
      call.cancel();
    }
  }

  /** Fails the calls in flight: grpc-js would let them go on. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const end of this.pending) end();
    for (const proxy of this.proxies.values()) proxy.close();
  }

  /** One channel per service; grpc-js shares the connection among them. */
  private channelOf(service: string): Channel {
    if (this.isClosed) throw clientClosed();
    const dot = service.lastIndexOf('.');
    let proxy = this.proxies.get(service);
    if (!proxy) {
      const packageDefinition = { [service]: {} } as never;
      proxy = new ClientGrpcProxy({
        url: this.target,
        package: service.slice(0, dot),
        packageDefinition,
        protoLoader: '@grpc/grpc-js',
        channelOptions: { ...KEEPALIVE, ...RECONNECT, ...BALANCE },
      });
      this.proxies.set(service, proxy);
    }
    return proxy.getClientByServiceName<Channel>(service.slice(dot + 1));
  }
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** What protobuf cannot hold (a negative uint32) is bad input, which a service over JSON would have refused. */
const bytesOf = ({ request }: Operation, input: unknown): Buffer => {
  try {
    return Buffer.from(request.encode(input).finish());
  } catch (thrown) {
    throw invalidInput([{ path: '', rule: 'isWritable', message: (thrown as Error).message }]);
  }
};

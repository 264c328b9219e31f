import { type Client, Metadata } from '@grpc/grpc-js';
import { ClientGrpcProxy } from '@nestjs/microservices';
import type { Operation } from '@fourfold/contracts/contract';
import { Observable } from 'rxjs';
import type { ClientTransport, OutgoingCall } from '../client.ts';
import { clientClosed, deadlineExceeded } from '../errors.ts';
import { invalidInput } from '../validation.ts';
import { methodOf } from './method.ts';
import { errorOfStatus } from './status.ts';

/** A service that restarts is found again at once: grpc-js waits a second before its first new attempt. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 5000 };

/** Calls and streams through the channels of Nest's gRPC client, with the generated codecs. */
export class GrpcClient implements ClientTransport {
  private readonly proxies = new Map<string, ClientGrpcProxy>();
  /** Ends a call that is on its way. */
  private readonly pending = new Set<() => void>();
  private isClosed = false;

  /** `target` as in gRPC name resolution: `127.0.0.1:50051`, `dns:///orders:50051`. */
  constructor(private readonly target: string) {}

  async call({ operation, input, ...envelope }: OutgoingCall): Promise<unknown> {
    const { path, responseDeserialize } = methodOf(operation);
    const request = bytesOf(operation, input);
    const channel = this.channelOf(operation.name);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const call = channel.makeUnaryRequest(
      path,
      asIs,
      responseDeserialize,
      request,
      metadataOf(envelope),
      { deadline: envelope.deadline },
      (error, answer) => (error ? reject(errorOfStatus(error, operation.name)) : resolve(answer)),
    );
    const end = () => {
      reject(clientClosed());
      call.cancel();
    };
    this.pending.add(end);
    return promise.finally(() => this.pending.delete(end));
  }

  stream({ operation, input, ...envelope }: OutgoingCall): Observable<unknown> {
    const { path, responseDeserialize } = methodOf(operation);
    return new Observable((subscriber) => {
      const request = bytesOf(operation, input);
      const channel = this.channelOf(operation.name);
      const call = channel.makeServerStreamRequest(path, asIs, responseDeserialize, request, metadataOf(envelope));
      const end = () => subscriber.error(clientClosed());
      this.pending.add(end);
      // a stream may outlive the deadline: that bounds its first message
      const timer = setTimeout(
        () => subscriber.error(deadlineExceeded(operation.name)),
        envelope.deadline - Date.now(),
      );
      call.on('data', (message) => {
        clearTimeout(timer);
        subscriber.next(message);
      });
      call.on('error', (error) => subscriber.error(errorOfStatus(error as never, operation.name)));
      call.on('end', () => subscriber.complete());
      return () => {
        clearTimeout(timer);
        this.pending.delete(end);
        call.cancel();
      };
    });
  }

  /** Fails what is on its way: grpc-js would let it go on. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const end of this.pending) end();
    for (const proxy of this.proxies.values()) proxy.close();
  }

  /** One channel a service; grpc-js shares the connection among them. */
  private channelOf(operation: string): Client {
    if (this.isClosed) throw clientClosed();
    const service = operation.split('/')[0]!;
    const dot = service.lastIndexOf('.');
    let proxy = this.proxies.get(service);
    if (!proxy) {
      const packageDefinition = { [service]: {} } as never;
      proxy = new ClientGrpcProxy({
        url: this.target,
        package: service.slice(0, dot),
        packageDefinition,
        protoLoader: '@grpc/grpc-js',
        channelOptions: { ...RECONNECT },
      });
      this.proxies.set(service, proxy);
    }
    return proxy.getClientByServiceName<Client>(service.slice(dot + 1));
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

const metadataOf = ({ traceparent, idempotencyKey }: Omit<OutgoingCall, 'operation' | 'input'>): Metadata => {
  const metadata = new Metadata();
  metadata.set('traceparent', traceparent);
  if (idempotencyKey) metadata.set('idempotency-key', idempotencyKey);
  return metadata;
};

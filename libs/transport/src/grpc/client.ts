import { type Client, Metadata } from '@grpc/grpc-js';
import { ClientGrpcProxy } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import type { ClientTransport, OutgoingCall } from '../client.ts';
import { deadlineExceeded } from '../errors.ts';
import { methodOf } from './method.ts';
import { errorOfStatus } from './status.ts';

/** A service that restarts is found again at once: grpc-js waits a second before its first new attempt. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 5000 };

/** Calls and streams through the channels of Nest's gRPC client, with the generated codecs. */
export class GrpcClient implements ClientTransport {
  private readonly proxies = new Map<string, ClientGrpcProxy>();

  /** `target` as in gRPC name resolution: `127.0.0.1:50051`, `dns:///orders:50051`. */
  constructor(private readonly target: string) {}

  call({ operation, input, ...envelope }: OutgoingCall): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = methodOf(operation);
    const options = { deadline: envelope.deadline };
    return new Promise((resolve, reject) => {
      this.channelOf(operation.name).makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        input,
        metadataOf(envelope),
        options,
        (error, answer) => (error ? reject(errorOfStatus(error)) : resolve(answer)),
      );
    });
  }

  stream({ operation, input, ...envelope }: OutgoingCall): Observable<unknown> {
    const { path, requestSerialize, responseDeserialize } = methodOf(operation);
    return new Observable((subscriber) => {
      const channel = this.channelOf(operation.name);
      const call = channel.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        input,
        metadataOf(envelope),
      );
      // a stream may outlive the deadline: that bounds its first message
      const timer = setTimeout(
        () => subscriber.error(deadlineExceeded(operation.name)),
        envelope.deadline - Date.now(),
      );
      call.on('data', (message) => {
        clearTimeout(timer);
        subscriber.next(message);
      });
      call.on('error', (error) => subscriber.error(errorOfStatus(error as never)));
      call.on('end', () => subscriber.complete());
      return () => {
        clearTimeout(timer);
        call.cancel();
      };
    });
  }

  async close(): Promise<void> {
    for (const proxy of this.proxies.values()) proxy.close();
  }

  /** One channel a service; grpc-js shares the connection among them. */
  private channelOf(operation: string): Client {
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

const metadataOf = ({ traceparent, idempotencyKey }: Omit<OutgoingCall, 'operation' | 'input'>): Metadata => {
  const metadata = new Metadata();
  metadata.set('traceparent', traceparent);
  if (idempotencyKey) metadata.set('idempotency-key', idempotencyKey);
  return metadata;
};

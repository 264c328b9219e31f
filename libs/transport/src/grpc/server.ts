import { logVerbosity, type Server, type ServerUnaryCall, setLogVerbosity } from '@grpc/grpc-js';
import { type GrpcOptions, type MessageHandler, ServerGrpc } from '@nestjs/microservices';
import type { Contract } from '@fourfold/contracts/contract';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { catchError, isObservable, map, of, take, throwError, throwIfEmpty } from 'rxjs';
import { continueTrace } from '../context.ts';
import { expected, MAX_MESSAGE_BYTES, toServiceError } from '../errors.ts';
import { setEnvelope } from '../rpc-context.ts';
import { withTimeLimit } from '../time-limit.ts';
import { packageDefinitionOf, reflectionOf } from './definition.ts';
import { statusOf } from './status.ts';

export interface GrpcServerOptions {
  /** Where to listen: `127.0.0.1:50051`; port 0 takes a free one. */
  url: string;
  contracts: Contract[];
  /** A google.protobuf.FileDescriptorSet, base64: what reflection serves. */
  descriptorSet?: string;
  /** Milliseconds that calls in flight get at shutdown. */
  drainTimeout?: number;
}

/** Nest's gRPC server with our errors and call context, one answer a unary call, health, reflection, and a bounded drain. */
export class GrpcServer extends ServerGrpc {
  /** The port that is listened on, once it is. */
  port?: number;
  private readonly health = new HealthImplementation({ '': 'NOT_SERVING' });

  /** The full names of what it serves. */
  private readonly services: string[];

  constructor(private readonly settings: GrpcServerOptions) {
    const packageDefinition = packageDefinitionOf(settings.contracts);
    super({
      url: settings.url,
      package: [...new Set(Object.keys(packageDefinition).map((service) => service.replace(/\.\w+$/, '')))],
      packageDefinition: packageDefinition as never,
      protoLoader: '@grpc/grpc-js', // satisfies Nest's check for a loader; none is used
      channelOptions: { 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES },
      onLoadPackageDefinition: (_, server: Server) => {
        this.health.addToServer(server);
        if (settings.descriptorSet)
          new ReflectionService(reflectionOf(settings.descriptorSet, Object.keys(packageDefinition))).addToServer(
            server,
          );
      },
    } satisfies GrpcOptions['options']);
    this.services = Object.keys(packageDefinition);
  }

  /** What grpc.health.v1 answers, for the server as a whole and for each service. */
  setServing(serving: boolean): void {
    for (const service of ['', ...this.services]) this.health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** Nest passes over a handler whose service it has no definition of: its calls would be UNIMPLEMENTED. */
  override addHandler(pattern: unknown, handler: MessageHandler, isEvent = false): void {
    const { service } = pattern as { service?: string };
    const isStated = (name: string) => name === service || name.endsWith(`.${service}`);
    if (service && !this.services.some(isStated))
      throw new TypeError(
        `no controller states the contract of ${service}: @SetMetadata('contract', …) beside @GrpcMethod`,
      );
    super.addHandler(pattern, handler, isEvent);
  }

  override createServiceMethod(handler: Function, native: any, streaming: any) {
    const answer = async (request: unknown, metadata: unknown, call: any) => {
      setEnvelope(metadata as object, { ...envelopeOf(call), isCall: !native.responseStream });
      const result = await handler(request, metadata, call);
      const answers = isObservable(result) ? result : of(result);
      // a unary call that answers nothing, or twice, would hang or break its client
      const once = native.responseStream
        ? answers
        : answers.pipe(
            take(1),
            throwIfEmpty(() => new Error(`${native.path} answered nothing`)),
          );
      return once.pipe(
        map((message) => native.responseSerialize(message)),
        catchError((thrown: unknown) => {
          if (!expected(thrown)) this.logger.error(thrown);
          return throwError(() => statusOf(toServiceError(thrown)));
        }),
      );
    };
    return super.createServiceMethod(answer, native, streaming);
  }

  /** Lets calls in flight end, then ends what is left. Nest's own graceful shutdown has no limit. */
  override async close(): Promise<void> {
    const server: Server | null = (this as any).grpcClient;
    if (!server) return;
    this.setServing(false);
    const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await withTimeLimit(drained, this.settings.drainTimeout ?? 10_000).catch(() => server.forceShutdown());
  }

  override async createClient(): Promise<any> {
    setLogVerbosity(logVerbosity.NONE); // a port in use is in the error; grpc-js would also print it
    const server = await super.createClient().finally(() => setLogVerbosity(logVerbosity.ERROR));
    this.port = (server as any).boundPorts ? [...(server as any).boundPorts.values()][0]?.portNumber : undefined;
    return server;
  }
}

const envelopeOf = (call: ServerUnaryCall<unknown, unknown>) => {
  const text = (key: string) => call.metadata.get(key)[0]?.toString();
  const deadline = Number(call.getDeadline());
  return {
    name: call.getPath().slice(1),
    transport: 'grpc',
    traceparent: continueTrace(text('traceparent')),
    idempotencyKey: text('idempotency-key'),
    ...(Number.isFinite(deadline) && { deadline }),
    onCancel: (abort: () => void) => call.once('cancelled', abort),
  } as const;
};

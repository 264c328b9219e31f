import {
  logVerbosity,
  type Server as GrpcJsServer,
  type ServerUnaryCall,
  type ServerWritableStream,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { INestApplication } from '@nestjs/common';
import { type GrpcOptions, type MessageHandler, ServerGrpc } from '@nestjs/microservices';
import type { Contract } from '@fourfold/contracts/contract';
import { ServiceError } from '@fourfold/contracts/service-error';
import { HealthImplementation } from 'grpc-health-check';
import { catchError, map, Observable, type Subscription, take, tap, throwError, throwIfEmpty } from 'rxjs';
import { causeOf, MAX_MESSAGE_BYTES, overloaded, PermanentError, stopping, toServiceError } from '../errors.ts';
import type { Limiter } from '../limiter.ts';
import { mountStrategy } from '../pipeline/application.ts';
import { answersOf, handle } from '../pipeline/handle.ts';
import { Outflow } from '../pipeline/outflow.ts';
import { withTimeLimit } from '../time.ts';
import type { Server } from '../transport.ts';
import { packageDefinitionOf, reflectionOf } from './definition.ts';
import { statusOf } from './errors.ts';
import { KEEPALIVE } from './keepalive.ts';
import { messageOf } from './message.ts';

export interface GrpcServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  contracts: Contract[];
  /** A google.protobuf.FileDescriptorSet, base64: what reflection serves. */
  descriptorSet?: string;
  /** Milliseconds that calls in flight get at shutdown: 10,000. */
  drainTimeout?: number;
  /** Refuses what is too much. */
  limiter?: Limiter;
}

/** Streams at most, of a connection and in all. */
const MAX_STREAMS = 10_000;
/** Milliseconds after which a connection is closed gracefully: its client looks up the addresses of the service again. */
const MAX_CONNECTION_AGE = 300_000;

type StreamCall = ServerWritableStream<unknown, Uint8Array>;

/** Nest's gRPC server with our errors and message context, one answer per unary call, health, reflection, and a bounded drain. */
export class GrpcServer extends ServerGrpc implements Server {
  readonly transport = 'grpc';
  private port?: number;
  private closing?: Promise<void>;
  private readonly health = new HealthImplementation({ '': 'NOT_SERVING' });
  /** Ends each stream that is open, with an error. */
  private readonly streams = new Set<(error: ServiceError) => void>();
  private readonly outflows = new WeakMap<object, Outflow>();
  /** The full names of what it serves. */
  private readonly services: string[];

  constructor(private readonly settings: GrpcServerOptions) {
    const packageDefinition = packageDefinitionOf(settings.contracts);
    super({
      url: `${settings.host}:${settings.port}`,
      package: [...new Set(Object.keys(packageDefinition).map((service) => service.replace(/\.\w+$/, '')))],
      packageDefinition: packageDefinition as never,
      protoLoader: '@grpc/grpc-js', // satisfies Nest's check for a loader; none is used
      channelOptions: {
        ...KEEPALIVE,
        'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
        'grpc.max_concurrent_streams': MAX_STREAMS,
        'grpc.max_connection_age_ms': MAX_CONNECTION_AGE,
      },
      onLoadPackageDefinition: (_, server: GrpcJsServer) => {
        this.health.addToServer(server);
        if (settings.descriptorSet)
          new ReflectionService(reflectionOf(settings.descriptorSet, Object.keys(packageDefinition))).addToServer(
            server,
          );
      },
    } satisfies GrpcOptions['options']);
    this.services = Object.keys(packageDefinition);
  }

  mount(app: INestApplication): void {
    mountStrategy(app, this);
  }

  override async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { port } = this.settings;
    await super.listen((error?: unknown) => (error ? reject(error) : resolve()));
    await promise.catch((thrown: unknown) => {
      throw new PermanentError(`GRPC_PORT ${port}: cannot listen: ${causeOf(thrown)}`);
    });
  }

  isReady(): boolean {
    return this.port !== undefined && !this.closing;
  }

  get address(): string | undefined {
    return this.port === undefined ? undefined : `${this.settings.host}:${this.port}`;
  }

  /** What grpc.health.v1 answers, for the server as a whole and for each service. */
  setServing(isServing: boolean): void {
    for (const service of ['', ...this.services]) this.health.setStatus(service, isServing ? 'SERVING' : 'NOT_SERVING');
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

  /** What Nest registers at grpc-js for each method. */
  override createServiceMethod(handler: Function, native: any, streaming: any) {
    const serve = (request: unknown, metadata: unknown, call: any) => {
      const run = async () => {
        const answers = answersOf(await handler(request, metadata, call));
        // a unary call that answers nothing, or twice, would hang or break its client
        const once = native.responseStream
          ? answers
          : answers.pipe(
              take(1),
              throwIfEmpty(() => new Error(`${native.path} answered nothing`)),
            );
        return once.pipe(map((message) => native.responseSerialize(message)));
      };
      const answers = native.responseStream
        ? this.streamed(call, (ready) => handle({ ...messageOf(call, false), ready }, run))
        : this.inTurn(call, () => handle(messageOf(call, true), run));
      return answers.pipe(catchError((thrown: unknown) => throwError(() => statusOf(toServiceError(thrown)))));
    };
    return super.createServiceMethod(serve, native, streaming);
  }

  private streamed(call: StreamCall, answers: (ready: Outflow['ready']) => Observable<unknown>): Observable<unknown> {
    const outflow = new Outflow((bytes, taken) => call.write(bytes, taken));
    this.outflows.set(call, outflow);
    return this.streams.size >= MAX_STREAMS ? throwError(() => overloaded()) : answers(outflow.ready);
  }

  /** The answer to a unary call, when it is its turn. */
  private inTurn(call: ServerUnaryCall<unknown, unknown>, answer: () => Observable<unknown>): Observable<unknown> {
    const entered = this.settings.limiter?.enter(call.getPath());
    if (!entered) return answer();
    if (entered instanceof ServiceError) return throwError(() => entered);
    return new Observable<unknown>((subscriber) => {
      const giveUp = () => subscriber.complete(); // its caller has left: nobody hears an answer
      call.once('cancelled', giveUp);
      let hasSucceeded = false;
      entered.begin(() => {
        call.off('cancelled', giveUp);
        const succeeded = tap({ complete: () => (hasSucceeded = true) });
        subscriber.add(answer().pipe(succeeded).subscribe(subscriber));
      });
      subscriber.add(() => entered.leave(hasSucceeded));
    });
  }

  /** Nest's own keeps what a client does not read, without a limit. */
  override createStreamServiceMethod(serve: Function) {
    return (call: StreamCall) =>
      this.runWithProcessingHooks(call as never, async (end) => {
        await this.write(serve(call.request, call.metadata, call), call);
        end();
      });
  }

  private write(source: Observable<any>, call: StreamCall): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let subscription: Subscription | undefined;
    const end = (error: unknown) => {
      subscription?.unsubscribe();
      if (!call.cancelled) call.emit('error', error);
      resolve();
    };
    const stop = (error: ServiceError) => end(statusOf(error));
    this.streams.add(stop);
    call.once('cancelled', () => {
      subscription?.unsubscribe();
      resolve();
    });
    let isFull = false;
    subscription = source.subscribe({
      next: (bytes: Uint8Array) => {
        if (isFull) return;
        try {
          this.outflows.get(call)!.send(bytes);
        } catch (thrown) {
          isFull = true;
          stop(thrown as ServiceError);
        }
      },
      error: end,
      complete: () => {
        call.end();
        resolve();
      },
    });
    if (isFull) subscription.unsubscribe();
    return promise.finally(() => this.streams.delete(stop));
  }

  override close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  /** Lets calls in flight end, then ends what is left. Nest's own graceful shutdown has no limit. */
  private async shutDown(): Promise<void> {
    const server: GrpcJsServer | null = (this as any).grpcClient;
    if (!server) return;
    this.setServing(false);
    for (const end of this.streams) end(stopping()); // its client asks another replica
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

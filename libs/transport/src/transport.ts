/**
 * What a transport is. http/, grpc/, rabbitmq/ and kafka/ implement it with the same file names for the same things, and
 * transports.ts lists them. docs/adding-a-transport.md adds one more.
 *
 *   in:   server.ts -> message.ts -> pipeline/handle.ts (or consumer/, if nobody waits for an answer) -> the handler
 *   out:  client.ts, and for what was stored first publisher.ts
 */
import type { INestApplication, Type } from '@nestjs/common';
import type { Contract, Operation, TransportName } from '@fourfold/contracts/contract';
import type { Metadata } from '@fourfold/contracts/metadata';
import type { Observable } from 'rxjs';
import type { Limiter } from './limiter.ts';

/** Names a message among its redeliveries. The id is unique within its source, the service that sent it (CloudEvents 1.0). */
export interface IdempotencyKey {
  /** Empty if the sender does not name itself. */
  source: string;
  id: string;
  /** SHA-256 of type and body as they came, in hex, of a message from a broker: another message must not have the same key. */
  readonly fingerprint?: string;
}

/** A message that a server received. */
export interface IncomingMessage {
  readonly transport: TransportName;
  /** The operation's or the event's full name; over HTTP, method and path. */
  readonly name: string;
  readonly metadata: Metadata;
  readonly idempotencyKey?: IdempotencyKey;
  /** Milliseconds since the epoch; absent if the caller sent none. */
  readonly deadline?: number;
  /** Whether somebody waits for one answer: it then gets a deadline in any case. */
  readonly isCall: boolean;
  /** Calls back when the caller goes away. */
  onCancel?(abort: () => void): void;
  /** Of a stream: resolves when the caller can take more; undefined if it can now. */
  ready?(): Promise<void> | undefined;
}

/** Receives messages, and hands each to the pipeline. */
export interface Server {
  readonly transport: TransportName;
  /** Mounts the server on an application that is not yet initialised. */
  mount(app: INestApplication): void;
  /** Resolves when it receives messages. May be called again if it failed, unless with a PermanentError. */
  listen(): Promise<void>;
  /** Whether it receives messages now. */
  isReady(): boolean;
  /** What it waits for, in words; undefined if it receives messages now. */
  waitsFor?(): string | undefined;
  /** Called when the service as a whole is ready, and when it stops: what health checks say. */
  setServing?(isServing: boolean): void;
  /** Receives nothing more, and finishes what nobody waits for. */
  drain?(): Promise<void>;
  /** Finishes the calls in flight, within a limit, and closes all connections. May be called twice. */
  close(): Promise<void>;
  /** `host:port`, once it listens; absent if it has no port of its own. */
  readonly address?: string;
}

/** A call to another service. */
export interface OutgoingCall<I = any, O = any> {
  operation: Operation<I, O>;
  input: I;
  /** Milliseconds since the epoch. A stream may last longer: it then bounds the time to the first message. */
  deadline: number;
  metadata: Metadata;
  idempotencyKey?: string;
  /** Aborts when nobody waits for the answer any more, which is then cancelled; its reason is a ServiceError. */
  signal?: AbortSignal;
}

/** Calls another service: a method for each kind of operation that the transport can carry. Failures are ServiceErrors. */
export interface Client {
  /** The answer. */
  call?(call: OutgoingCall): Promise<any>;
  stream?(call: OutgoingCall): Observable<any>;
  /** Resolves once the broker has the message; nobody answers. */
  send?(call: OutgoingCall): Promise<void>;
  close(): Promise<void>;
}

/** A command or an event, ready to be published: plain data, so that it can be stored first. */
export interface OutgoingMessage {
  /** UUIDv7: AMQP `messageId`, CloudEvents `id`. */
  id: string;
  kind: 'command' | 'event';
  /** The operation's or the event's full name: AMQP `type`, CloudEvents `type`. */
  type: string;
  /** The queue or the topic. */
  destination: string;
  /** Messages of one key stay in order; a command has none. */
  key: string;
  /** JSON. */
  body: string;
  metadata: Metadata;
  createdAt: Date;
}

/** What became of a message that was published: undefined if the broker has it. */
export type Outcome =
  undefined | { error: Error; /** The broker refuses it for good; otherwise publish it again. */ isFinal: boolean };

/** Hands stored messages to a broker. */
export interface Publisher {
  /**
   * Resolves to the outcome of each, in order per key, as long as that takes: a broker that takes nothing for a while is
   * waited for. What failed may have arrived nevertheless; its id stays the same.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<readonly Outcome[]>;
  /** Whether there is a connection; asking starts it. */
  isReady(): boolean;
  close(): Promise<void>;
}

/** How one operation is mounted on a controller. */
export interface Binding {
  /** Nest's own: `@GrpcMethod(…)`, `@MessagePattern(…)`. */
  decorator: MethodDecorator;
  /** What the handler returned, as this transport needs it. */
  convert?(result: any): unknown;
}

/** How a message is tried again whose failure may pass, if nobody waits for it. */
export interface Retries {
  /** Attempts in quick succession: 5. */
  attempts?: number;
  /** Milliseconds before each attempt that follows, while other messages go on: RETRY_DELAYS. After the last one it is a dead letter. */
  delays?: readonly number[];
  /** Milliseconds after which an attempt that has not ended has failed: 300,000. */
  timeout?: number;
}

/** Milliseconds before each attempt that follows the quick ones: about 15 minutes in all. */
export const RETRY_DELAYS: readonly number[] = [1000, 5000, 15_000, 30_000, 60_000, 120_000, 300_000, 360_000];

/** What a server or a publisher knows of its service. */
export interface ServiceSettings {
  /** Consumer group, CloudEvents `source`, AMQP `appId`. */
  name: string;
  /** The address to listen on. */
  host: string;
  /** Goes in front of every queue, topic and group, so that systems can share brokers. */
  prefix: string;
  /** Milliseconds that messages in flight get at shutdown. */
  drainTimeout: number;
  /** How a message is tried again that nobody waits for. */
  retries: Retries;
  /** What the service's controllers implement. */
  contracts: Contract[];
  /** Shared by all servers whose callers can be refused. */
  limiter?: Limiter;
  /** Messages from brokers that are handled at once, of each queue and of all topics. */
  concurrency?: number;
}

/** A transport as a whole. It loads its library only when something is created. */
export interface Transport<Config extends object = any> {
  /** The environment variables that it reads: a class with class-validator decorators. */
  readonly config: Type<Config>;
  /** Undefined if the contract does not bind the operation to this transport; a TypeError if it cannot carry it. */
  bind(operation: Operation): Binding | undefined;
  /** Where a method of a controller is reached, by Nest's metadata: `POST /orders`. Empty if it is not. */
  describe(controller: object, method: object): string[];
  createServer(config: Config, service: ServiceSettings): Promise<Server>;
  /** Whether the broker is an embedded one, which keeps everything in memory: refused in production. */
  isEmbedded?(config: Config): Promise<boolean>;
}

/** A transport over a broker, which keeps messages until they are handled. */
export interface BrokerTransport<Config extends object = any> extends Transport<Config> {
  createPublisher(config: Config, service: Pick<ServiceSettings, 'name' | 'prefix'>): Promise<Publisher>;
}

import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Exactly } from './exactly.ts';

/** What ts-proto generates for every message. */
export interface Codec<T> {
  encode(message: T, writer?: BinaryWriter): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  fromJSON(json: unknown): T;
  fromPartial(partial: object): T;
}

/** What ts-proto generates for every method of a service (`outputServices=generic-definitions`). */
export interface Method<I, O, S extends boolean> {
  readonly name: string;
  readonly requestType: Codec<I>;
  readonly responseType: Codec<O>;
  readonly requestStream: false;
  readonly responseStream: S;
}
type Methods = Record<string, Method<any, any, boolean>>;
type RequestOf<M> = M extends Method<infer I, any, any> ? I : never;

/** A class with class-validator decorators on every field; fields start with their proto3 default. */
export type Dto<T = any> = new () => T;
export type HttpVerb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * How an operation is answered. `call`: once, before a deadline. `stream`: any number of times (a server stream).
 * `command`: never; one worker does it, at least once.
 */
export type OperationKind = 'call' | 'stream' | 'command';

/** Where an operation can be reached. gRPC is there unless `grpc: false`; a command is on its queue alone. */
export interface Bindings {
  input: Dto;
  /** Doing it twice is the same as doing it once: a call whose answer was lost may be repeated. */
  idempotent?: true;
  /** A call without an idempotency key is refused, over every transport. Messages from brokers always have one. */
  idempotencyKey?: 'required';
  grpc?: false;
  /** Path parameters (`:orderId`) are fields of the input. A server stream is SSE. */
  http?: `${HttpVerb} /${string}`;
  /** The operation's own queue. `command`: nobody waits for an answer. */
  rabbitmq?: { queue: string; mode?: 'command' };
  /** One-way: taken in, never answered. */
  kafka?: { topic: string };
  /** Nest's own TCP transport: the example of docs/adding-a-transport.md. */
  tcp?: true;
}

/** Each transport is named after its binding. */
export type TransportName = Exclude<keyof Bindings, 'input' | 'idempotent' | 'idempotencyKey'>;

/** One method of a service: what goes in and out, and where it can be reached. */
export interface Operation<I = any, O = any, K extends OperationKind = OperationKind, B extends Bindings = Bindings> {
  /** `package.Service/Method`: the gRPC path, the AMQP `type`, the CloudEvents `type`. */
  readonly name: `${string}/${string}`;
  /** `package.Service` */
  readonly service: string;
  /** `Method` */
  readonly method: string;
  readonly kind: K;
  /** Doing it twice is the same as doing it once. */
  readonly idempotent: boolean;
  readonly request: Codec<I>;
  readonly response: Codec<O>;
  readonly bindings: B;
}
/** A service's operations by name. */
export type Contract = Record<string, Operation>;

type KindOf<S, B> = S extends true ? 'stream' : B extends { rabbitmq: { mode: 'command' } } ? 'command' : 'call';

type ParametersOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParametersOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

type Checked<M extends Methods, B> = {
  [K in keyof B]: K extends keyof M ? CheckedBinding<RequestOf<M[K]>, B[K]> : 'is not a method of this service';
};
type CheckedBinding<I, B> = (B extends { input: Dto<infer D> }
  ? Exactly<D, I> extends true
    ? unknown
    : { input: 'has not exactly the fields of the request message' }
  : unknown) &
  (B extends { http: infer Route extends string }
    ? ParametersOf<Route> extends keyof I
      ? unknown
      : { http: 'has a parameter that is not a field of the request message' }
    : unknown) &
  (B extends { rabbitmq: { mode: 'command' } }
    ? [Exclude<keyof B, 'input' | 'idempotent' | 'idempotencyKey' | 'grpc' | 'rabbitmq'>] extends [never]
      ? unknown
      : { rabbitmq: 'a command is on its queue alone' }
    : unknown);

/** Says where the operations of a generated service are reached. A DTO that drifts from its message does not compile. */
export const contract = <M extends Methods, const B extends { [K in keyof M]: Bindings }>(
  { fullName, methods }: { fullName: string; methods: M },
  bindings: B & Checked<M, B>,
) =>
  Object.fromEntries(
    Object.entries(methods).map(([key, { name, requestType, responseType, responseStream }]) => [
      key,
      {
        name: `${fullName}/${name}`,
        service: fullName,
        method: name,
        idempotent: bindings[key]!.idempotent ?? false,
        kind: responseStream ? 'stream' : (bindings[key]!.rabbitmq?.mode ?? 'call'),
        request: requestType,
        response: responseType,
        bindings: bindings[key],
      },
    ]),
  ) as unknown as {
    [K in keyof M]: M[K] extends Method<infer I, infer O, infer S> ? Operation<I, O, KindOf<S, B[K]>, B[K]> : never;
  };

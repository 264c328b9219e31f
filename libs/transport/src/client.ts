import type { FactoryProvider, InjectionToken, OnApplicationShutdown, Type } from '@nestjs/common';
import type { Contract, Operation } from '@fourfold/contracts/contract';
import type { Metadata } from '@fourfold/contracts/metadata';
import { type Observable, throwError } from 'rxjs';
import { CallPolicy, type TargetState } from './call-policy.ts';
import { currentMessage } from './context.ts';
import { deadlineExceeded, notBound } from './errors.ts';
import { propagate } from './metadata.ts';
import type { Client, OutgoingCall } from './transport.ts';

/** Every call has a deadline: this many milliseconds unless the client or the call says otherwise. */
export const DEFAULT_TIMEOUT = 2000;

export interface CallOptions {
  /** Milliseconds; never longer than what is left of the message being handled. */
  timeout?: number;
  /** Names this message among its repetitions, so that the receiver does it once. */
  idempotencyKey?: string;
  /** Added to what travels on from the message being handled. */
  metadata?: Metadata;
}

/** A command's method resolves once the broker has it; a stream's is an Observable, cold, cancelled by unsubscribing. */
export type ClientOf<C extends Contract> = {
  [K in keyof C]: C[K] extends Operation<infer I, infer O, infer Kind>
    ? (
        input: I,
        options?: CallOptions,
      ) => Kind extends 'stream' ? Observable<O> : Promise<Kind extends 'command' ? void : O>
    : never;
};

/** The operations that Kafka takes in one-way. Each resolves once the broker has the message. */
export type OneWayClientOf<C extends Contract> = {
  [K in keyof C as C[K]['bindings'] extends { kafka: object } ? K : never]: C[K] extends Operation<infer I>
    ? (input: I, options?: CallOptions) => Promise<void>
    : never;
};

/** The base of an injectable client: `abstract class InventoryClient extends clientOf(InventoryContract) {}` */
export const clientOf = <C extends Contract>(contract: C): abstract new () => ClientOf<C> =>
  clientClass(contract, ({ kind }) => (kind === 'command' ? 'send' : kind)) as never;

/** The same for a transport whose messages nobody answers: `abstract class OrdersIntake extends oneWayClientOf(OrdersContract) {}` */
export const oneWayClientOf = <C extends Contract>(contract: C): abstract new () => OneWayClientOf<C> =>
  clientClass(contract, () => 'send') as never;

/** A client that speaks through `transport`. */
export const createClient = <T extends object>(
  client: abstract new () => T,
  transport: Client,
  { timeout = DEFAULT_TIMEOUT }: { timeout?: number } = {},
): T =>
  Object.assign(Object.create(client.prototype), {
    [TRANSPORT]: transport,
    [TIMEOUT]: timeout,
    [POLICY]: new CallPolicy(),
  });

/** The state of a client's target; undefined if the object is no client. */
export const targetStateOf = (client: object): TargetState | undefined => (client as Partial<Connected>)[POLICY]?.state;

/** A provider of a client: `provideClient(InventoryClient, (config) => grpcClient(config.INVENTORY_GRPC_URL), [OrdersConfig])`. */
export const provideClient = <T extends object>(
  client: abstract new () => T,
  transport: (...dependencies: any[]) => Client | Promise<Client>,
  inject: InjectionToken[] = [],
  options: { timeout?: number } = {},
): FactoryProvider => ({
  provide: client as Type<T>,
  inject,
  useFactory: async (...dependencies: unknown[]) => createClient(client, await transport(...dependencies), options),
});

const TRANSPORT = Symbol('transport');
const TIMEOUT = Symbol('timeout');
const POLICY = Symbol('policy');
interface Connected {
  [POLICY]: CallPolicy;
  [TRANSPORT]: Client;
  [TIMEOUT]: number;
}

/** The method of `Client` that carries an operation. */
type Carrier = 'call' | 'stream' | 'send';

const clientClass = (contract: Contract, carrierOf: (operation: Operation) => Carrier) => {
  abstract class ContractClient implements OnApplicationShutdown {
    declare [TRANSPORT]: Client;
    declare [TIMEOUT]: number;

    onApplicationShutdown(): Promise<void> {
      return this[TRANSPORT].close();
    }
  }
  for (const [method, operation] of Object.entries(contract))
    Object.defineProperty(ContractClient.prototype, method, {
      value(this: Connected, input: unknown, options: CallOptions = {}) {
        const call = outgoing(operation, input, { timeout: this[TIMEOUT], ...options });
        return dispatch(this, carrierOf(operation), call);
      },
    });
  return ContractClient;
};

const outgoing = (
  operation: Operation,
  input: unknown,
  { timeout, idempotencyKey, metadata }: CallOptions & { timeout: number },
): OutgoingCall => {
  const caller = currentMessage();
  return {
    operation,
    input,
    deadline: Math.min(Date.now() + timeout, caller?.deadline ?? Infinity),
    metadata: propagate(caller?.metadata, metadata),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(caller && { signal: caller.signal }),
  };
};

const dispatch = ({ [TRANSPORT]: client, [POLICY]: policy }: Connected, carrier: Carrier, call: OutgoingCall) => {
  const { name, kind } = call.operation;
  const { signal } = call;
  const refuse = (error: Error) => (kind === 'stream' ? throwError(() => error) : Promise.reject(error));
  const carry = client[carrier] as ((call: OutgoingCall) => Observable<unknown> | Promise<unknown>) | undefined;
  if (!carry) return refuse(notBound(name, `a transport that can ${carrier}`));
  if (signal?.aborted) return refuse(signal.reason as Error);
  if (call.deadline <= Date.now()) return refuse(deadlineExceeded(name));
  return carrier === 'call' ? policy.run(call, () => client.call!(call)) : carry.call(client, call);
};

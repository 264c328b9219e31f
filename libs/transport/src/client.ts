import type { FactoryProvider, InjectionToken, OnApplicationShutdown, Type } from '@nestjs/common';
import type { Contract, Operation } from '@fourfold/contracts/contract';
import { ServiceError } from '@fourfold/contracts/service-error';
import { type Observable, throwError } from 'rxjs';
import { continueTrace, currentCall } from './context.ts';
import { deadlineExceeded } from './errors.ts';

/** Every call has a deadline: this many milliseconds unless the client or the call says otherwise. */
export const DEFAULT_TIMEOUT = 2000;

export interface CallOptions {
  /** Milliseconds; never longer than what is left of the call in hand. */
  timeout?: number;
  /** Names this message among its repetitions, so that the receiver does it once. */
  idempotencyKey?: string;
}

/** One message on its way out. */
export interface OutgoingCall<I = any, O = any> {
  operation: Operation<I, O>;
  input: I;
  /** Milliseconds since the epoch. A stream may last longer: it then bounds the time to the first message. */
  deadline: number;
  traceparent: string;
  idempotencyKey?: string;
}

/** How calls travel: one implementation a transport. Failures are ServiceErrors. */
export interface ClientTransport {
  /** The answer. */
  call?(call: OutgoingCall): Promise<any>;
  /** Resolves once the broker has the command. */
  send?(call: OutgoingCall): Promise<void>;
  stream?(call: OutgoingCall): Observable<any>;
  close(): Promise<void>;
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

const TRANSPORT = Symbol('transport');
const TIMEOUT = Symbol('timeout');
interface Connected {
  [TRANSPORT]: ClientTransport;
  [TIMEOUT]: number;
}

/** The base of an injectable client: `abstract class InventoryClient extends clientOf(InventoryContract) {}` */
export const clientOf = <C extends Contract>(contract: C): abstract new () => ClientOf<C> => {
  abstract class ContractClient implements OnApplicationShutdown {
    declare [TRANSPORT]: ClientTransport;
    declare [TIMEOUT]: number;

    onApplicationShutdown(): Promise<void> {
      return this[TRANSPORT].close();
    }
  }
  for (const [method, operation] of Object.entries<Operation>(contract))
    Object.defineProperty(ContractClient.prototype, method, {
      value(this: Connected, input: unknown, options: CallOptions = {}) {
        return dispatch(this[TRANSPORT], operation, input, { timeout: this[TIMEOUT], ...options });
      },
    });
  return ContractClient as never;
};

/** A client that speaks through `transport`. */
export const connect = <T extends object>(
  client: abstract new () => T,
  transport: ClientTransport,
  { timeout = DEFAULT_TIMEOUT }: { timeout?: number } = {},
): T => Object.assign(Object.create(client.prototype), { [TRANSPORT]: transport, [TIMEOUT]: timeout });

/** A provider of a client: `provideClient(InventoryClient, (config) => grpcClient(config.INVENTORY_GRPC_URL), [OrdersConfig])`. */
export const provideClient = <T extends object>(
  client: abstract new () => T,
  transport: (...dependencies: any[]) => ClientTransport | Promise<ClientTransport>,
  inject: InjectionToken[] = [],
  options: { timeout?: number } = {},
): FactoryProvider => ({
  provide: client as Type<T>,
  inject,
  useFactory: async (...dependencies: unknown[]) => connect(client, await transport(...dependencies), options),
});

/** The method of `transport` that carries such an operation; each transport says in one table what it cannot do. */
const dispatch = (
  transport: ClientTransport,
  operation: Operation,
  input: unknown,
  options: CallOptions & { timeout: number },
) => {
  const caller = currentCall();
  const call: OutgoingCall = {
    operation,
    input,
    deadline: Math.min(Date.now() + options.timeout, caller?.deadline ?? Infinity),
    traceparent: continueTrace(caller?.traceparent),
    ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
  };
  const kind = operation.kind === 'command' ? 'send' : operation.kind;
  const carry = transport[kind]?.bind(transport) as
    ((call: OutgoingCall) => Observable<unknown> | Promise<unknown>) | undefined;
  const refuse = (error: ServiceError) =>
    operation.kind === 'stream' ? throwError(() => error) : Promise.reject(error);
  if (!carry)
    return refuse(
      new ServiceError('UNIMPLEMENTED', 'NOT_BOUND', `this client's transport cannot ${kind} ${operation.name}`),
    );
  if (call.deadline <= Date.now()) return refuse(deadlineExceeded(operation.name));
  return carry(call);
};

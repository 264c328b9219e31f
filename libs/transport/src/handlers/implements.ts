import 'reflect-metadata';
import { Controller, type ControllerOptions, type Type } from '@nestjs/common';
import type { Contract, Operation } from '@fourfold/contracts/contract';
import type { Observable } from 'rxjs';
import type { Binding } from '../transport.ts';
import { TRANSPORTS } from '../transports.ts';
import { bindInput } from './input.ts';
import { CONTRACT, setOperation } from './operation.ts';

/**
 * One method per operation, named after it. A stream operation answers an async iterable, which is asked for its next message
 * when the caller can take it, or an Observable; a command answers nothing.
 */
export type Handlers<C extends Contract> = {
  [K in keyof C]: C[K] extends Operation<any, infer O, infer Kind, infer B>
    ? (
        input: InstanceType<B['input']>,
        ...rest: any[]
      ) => Kind extends 'stream'
        ? Messages<O> | Promise<Messages<O>>
        : Kind extends 'command'
          ? void | Promise<void>
          : O | Promise<O>
    : never;
};

type Messages<O> = Observable<O> | AsyncIterable<O>;

/** A controller that is reached over every transport of its contract. Incomplete or mistyped ones do not compile. */
export const Implements =
  <C extends Contract>(contract: C, options: ControllerOptions = {}) =>
  (controller: Type<Handlers<C>>): void => {
    Controller(options)(controller);
    Reflect.defineMetadata(CONTRACT, contract, controller);
    for (const [method, operation] of Object.entries<Operation>(contract)) {
      setOperation(controller.prototype[method], operation);
      bindInput(controller.prototype, method, { input: operation.bindings.input, message: operation.request });
      for (const [transport, { bind }] of Object.entries(TRANSPORTS)) {
        const binding = bind(operation);
        if (binding) mount(controller, method, transport, binding);
      }
    }
  };

/**
 * Nest keeps one pattern per method: stacked ones overwrite one another (nestjs/nest#4839). So each transport gets its own
 * method, `placeOrder:grpc`, which calls the handler `placeOrder` and has the same metadata.
 */
const mount = (controller: Type, method: string, transport: string, { decorator, convert }: Binding): void => {
  const { prototype } = controller;
  const alias = `${method}:${transport}`;
  const delegate = {
    [alias](this: any, ...args: unknown[]) {
      const result = this[method](...args);
      return convert ? convert(result) : result;
    },
  }[alias]!;
  Object.defineProperty(prototype, alias, { value: delegate, configurable: true, writable: true });
  copyMetadata([prototype[method]], [delegate]); // guards, interceptors, pipes, filters, roles …
  copyMetadata([controller, method], [controller, alias]); // parameters …
  copyMetadata([prototype, method], [prototype, alias]); // … and their types
  decorator(prototype, alias, Object.getOwnPropertyDescriptor(prototype, alias)!);
};

type Target = [object, string];
const copyMetadata = (from: [object, string?], to: [object, string?]): void => {
  for (const key of Reflect.getMetadataKeys(...(from as Target)))
    Reflect.defineMetadata(key, Reflect.getMetadata(key, ...(from as Target)), ...(to as Target));
};

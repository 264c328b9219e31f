import 'reflect-metadata';
import { Controller, type ControllerOptions, RequestMapping, RequestMethod, type Type } from '@nestjs/common';
import { EventPattern, GrpcMethod, MessagePattern, Transport } from '@nestjs/microservices';
import type { Contract, Operation } from '@fourfold/contracts/contract';
import type { Observable } from 'rxjs';
import { sse } from './http/sse.ts';
import { bindInput } from './input.ts';
import { replyJson } from './json.ts';

/** One method per operation, named after it. A stream operation answers an Observable, a command nothing. */
export type Handlers<C extends Contract> = {
  [K in keyof C]: C[K] extends Operation<any, infer O, infer Kind, infer B>
    ? (
        input: InstanceType<B['input']>,
        ...rest: any[]
      ) => Kind extends 'stream'
        ? Observable<O> | Promise<Observable<O>>
        : Kind extends 'command'
          ? void | Promise<void>
          : O | Promise<O>
    : never;
};

/** Metadata of a controller, the contract it serves. One with Nest's decorators alone has it by `@SetMetadata('contract', …)`. */
const CONTRACT = 'contract';
const OPERATION = Symbol('operation');

/** The contract that a controller implements, if any. */
export const contractOf = (controller: object): Contract | undefined => Reflect.getMetadata(CONTRACT, controller);
/** The operation that a method handles, if any; also of the methods that a further transport got. */
export const operationOf = (handler: object): Operation | undefined => Reflect.getMetadata(OPERATION, handler);

/** A controller that is reached over every transport of its contract. Incomplete or mistyped ones do not compile. */
export const Implements =
  <C extends Contract>(contract: C, options: ControllerOptions = {}) =>
  (controller: Type<Handlers<C>>): void => {
    Controller(options)(controller);
    Reflect.defineMetadata(CONTRACT, contract, controller);
    for (const [method, operation] of Object.entries<Operation>(contract)) {
      const { name, bindings, kind } = operation;
      const stream = kind === 'stream';
      const { grpc, http, rabbitmq, kafka } = bindings;
      const isCommand = kind === 'command';
      if (stream && (rabbitmq || kafka)) throw new TypeError(`${name} is a stream: RabbitMQ and Kafka carry none`);
      Reflect.defineMetadata(OPERATION, operation, controller.prototype[method]);
      bindInput(controller.prototype, method, { ...bindings, message: operation.request });

      const [service, rpc] = name.split('/') as [string, string];
      if (grpc !== false && !isCommand) mount(controller, method, 'grpc', GrpcMethod(service, rpc));
      if (rabbitmq)
        mount(controller, method, 'rabbitmq', patternOf(isCommand, name, Transport.RMQ, { ...rabbitmq, operation }));
      if (kafka) mount(controller, method, 'kafka', patternOf(true, name, Transport.KAFKA, { ...kafka, operation }));
      if (!http) continue; // routes come last: what was copied above carries none
      const [verb, path] = http.split(' ') as ['GET', string];
      const route = RequestMapping({ method: RequestMethod[verb], path });
      if (stream)
        mount(controller, method, 'http', route, (source) =>
          sse(source, (message) => replyJson(operation.response, message)),
        );
      else decorate(controller, method, route);
    }
  };

const patternOf = (isEvent: boolean, name: string, transport: Transport, extras: object): MethodDecorator =>
  isEvent
    ? (EventPattern<string>(name, transport, extras) as MethodDecorator)
    : MessagePattern<string>(name, transport, extras);

/**
 * Nest keeps one pattern a method: stacked ones overwrite one another (nestjs/nest#4839). So each further transport gets a
 * method of its own, `placeOrder:grpc`, which calls the handler and carries all of its metadata.
 */
const mount = (
  controller: Type,
  method: string,
  transport: string,
  decorator: MethodDecorator,
  convert: (result: any) => unknown = (result) => result,
): void => {
  const { prototype } = controller;
  const alias = `${method}:${transport}`;
  const delegate = {
    [alias](this: any, ...args: unknown[]) {
      return convert(this[method](...args));
    },
  }[alias]!;
  Object.defineProperty(prototype, alias, { value: delegate, configurable: true, writable: true });
  copyMetadata([prototype[method]], [delegate]); // guards, interceptors, pipes, filters, roles …
  copyMetadata([controller, method], [controller, alias]); // parameters …
  copyMetadata([prototype, method], [prototype, alias]); // … and their types
  decorate(controller, alias, decorator);
};

const decorate = ({ prototype }: Type, method: string, decorator: MethodDecorator): void => {
  decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method)!);
};

type Target = [object, string];
const copyMetadata = (from: [object, string?], to: [object, string?]): void => {
  for (const key of Reflect.getMetadataKeys(...(from as Target)))
    Reflect.defineMetadata(key, Reflect.getMetadata(key, ...(from as Target)), ...(to as Target));
};

import 'reflect-metadata';
import type { Contract, Operation } from '@fourfold/contracts/contract';

/** Metadata of a controller, the contract it serves. One with Nest's decorators alone has it by `@SetMetadata('contract', …)`. */
export const CONTRACT = 'contract';
const OPERATION = Symbol('operation');

/** The contract that a controller implements, if any. */
export const contractOf = (controller: object): Contract | undefined => Reflect.getMetadata(CONTRACT, controller);

/** The operation that a method handles, if any; also of the methods that `@Implements` adds for each transport. */
export const operationOf = (handler: object): Operation | undefined => Reflect.getMetadata(OPERATION, handler);

export const setOperation = (handler: object, operation: Operation): void =>
  Reflect.defineMetadata(OPERATION, operation, handler);

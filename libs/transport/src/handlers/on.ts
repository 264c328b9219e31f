import type { Event } from '@fourfold/contracts/event';
import { subscriptionTo } from '../kafka/transport.ts';
import { bindInput } from './input.ts';

/** Hears an event, in the consumer group of its service: at least once, in order per key. */
export const On =
  <T, D>(event: Event<T, D>) =>
  <F extends (input: D, ...rest: any[]) => void | Promise<void>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<F>,
  ): void => {
    bindInput(prototype, method, event);
    subscriptionTo(event, `${prototype.constructor.name}.${method}`)(prototype, method, descriptor);
  };

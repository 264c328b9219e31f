import type { Event } from '@fourfold/contracts/event';
import { subscriptionTo } from '../kafka/transport.ts';
import { bindInput } from './input.ts';

export interface Subscription {
  /** Whether later messages of a key wait for one that is a dead letter, until it is redriven or discarded: `pass`. */
  onDead?: 'pass' | 'hold';
}

/** Hears an event, in the consumer group of its service: at least once, in order per key. */
export const On =
  <T, D>(event: Event<T, D>, subscription: Subscription = {}) =>
  <F extends (input: D, ...rest: any[]) => void | Promise<void>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<F>,
  ): void => {
    bindInput(prototype, method, event);
    subscriptionTo(event, `${prototype.constructor.name}.${method}`, subscription)(prototype, method, descriptor);
  };

import { EventPattern, Transport } from '@nestjs/microservices';
import type { Event } from '@fourfold/contracts/event';
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
    const handler = `${prototype.constructor.name}.${method}`;
    const decorator = EventPattern<string>(event.type, Transport.KAFKA, { topic: event.topic, event, handler });
    (decorator as MethodDecorator)(prototype, method, descriptor);
  };

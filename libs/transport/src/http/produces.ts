import 'reflect-metadata';
import { operationOf } from '../handlers/operation.ts';

const PRODUCES = Symbol('produces');

/**
 * The media types that a route of its own can answer with: a request whose Accept excludes all of them is 406, before the
 * handler is called. Of several, the answer gets the one that Accept likes best, else the first one, with `Vary: Accept`. Without it that is what Nest's `@Header('content-type', …)` says, else application/json; of an operation,
 * its contract says it. Without a type, `@Produces()`, the handler looks at Accept itself.
 */
export const Produces =
  (...types: string[]): MethodDecorator =>
  (_, __, descriptor) => {
    Reflect.defineMetadata(PRODUCES, types, descriptor.value as object);
  };

/** What a handler answers with. */
export const producedBy = (handler: object): readonly string[] => {
  const stated = Reflect.getMetadata(PRODUCES, handler) as string[] | undefined;
  if (stated) return stated;
  if (operationOf(handler)?.kind === 'stream' || Reflect.hasMetadata('__sse__', handler)) return EVENT_STREAM;
  const fields = (Reflect.getMetadata('__headers__', handler) ?? []) as { name: string; value: unknown }[];
  const type = fields.find(({ name }) => name.toLowerCase() === 'content-type')?.value;
  if (typeof type === 'string') return [type.split(';')[0]!.trim()];
  return Reflect.hasMetadata('__renderTemplate__', handler) ? ['text/html'] : JSON_ONLY;
};

const EVENT_STREAM = ['text/event-stream'];
const JSON_ONLY = ['application/json'];

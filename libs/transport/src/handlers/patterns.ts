import type { Transport } from '@nestjs/microservices';

/** A pattern of Nest's `@MessagePattern`, `@EventPattern` or `@GrpcMethod`, with its extras. */
export interface Pattern {
  pattern: any;
  extras: Record<string, any>;
}

/** The patterns that a method has for one of Nest's transports, or for a symbol that names another. */
export const patternsOf = (method: object, transport: Transport | symbol): Pattern[] => {
  if (Reflect.getMetadata('microservices:transport', method) !== transport) return [];
  const patterns = (Reflect.getMetadata('microservices:pattern', method) ?? []) as unknown[];
  const extras = (Reflect.getMetadata('microservices:pattern_extras', method) ?? {}) as Record<string, any>;
  return patterns.map((pattern) => ({ pattern, extras }));
};

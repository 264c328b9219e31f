import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { Codec, Dto } from '@fourfold/contracts/contract';
import { checkDto } from './check-dto.ts';
import { expectJson } from './http/body.ts';
import { InputPipe } from './validation.ts';

const INPUT = Symbol('input');

/** The validated message. Which DTO it is the contract says, never reflection. */
export const Input = (): ParameterDecorator => (target, method, index) =>
  Reflect.defineMetadata(INPUT, index, target, method!);

/** What a handler takes in, and the route that may bring it. */
export interface InputBinding {
  input: Dto;
  message: Codec<any>;
  http?: string;
}

/** Puts extraction and validation on the parameter that `@Input()` marked. Throws a TypeError that names what is wrong. */
export const bindInput = (prototype: object, method: string, { input, message, http }: InputBinding): void => {
  const place = `${prototype.constructor.name}.${method}()`;
  const index = Reflect.getMetadata(INPUT, prototype, method) as number | undefined;
  if (index === undefined) throw new TypeError(`${place} has no @Input() parameter`);
  checkDto(input, message);
  const takesBody = /^(POST|PUT|PATCH) /.test(http ?? '');
  const Extract = createParamDecorator((_: unknown, context: ExecutionContext) => {
    if (context.getType() !== 'http') return context.getArgByIndex(0);
    const request = context.switchToHttp().getRequest();
    if (!takesBody) return { ...coerce(input, request.query), ...coerce(input, request.params) };
    const body = expectJson(request);
    return isRecord(body) ? { ...body, ...coerce(input, request.params) } : body;
  });
  Extract(new InputPipe(input) as PipeTransform)(prototype, method, index);
};

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Path and query are strings: read them as what the field is. Bodies are never coerced. */
const coerce = (dto: Dto, given: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const type = Reflect.getMetadata('design:type', dto.prototype, key);
      if (type === Array && !Array.isArray(value)) return [key, [value]];
      if (type === Number && typeof value === 'string' && value.trim() && !Number.isNaN(Number(value)))
        return [key, Number(value)];
      if (type === Boolean && (value === 'true' || value === 'false')) return [key, value === 'true'];
      return [key, value];
    }),
  );

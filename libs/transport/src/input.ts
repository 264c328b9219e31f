import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { Codec, Dto } from '@fourfold/contracts/contract';
import { checkDto } from './check-dto.ts';
import { expectJson } from './http/body.ts';
import { parseFields } from './parse-field.ts';
import { InputPipe } from './validation.ts';

const INPUT = Symbol('input');

/**
 * The validated message. Which DTO it is the contract says, never reflection; a route outside of any contract names it:
 * `@Input(ListProductsDto)`.
 */
export const Input =
  (dto?: Dto): ParameterDecorator =>
  (target, method, index) => {
    if (dto) Extract(dto, new InputPipe(dto) as PipeTransform)(target, method!, index);
    else Reflect.defineMetadata(INPUT, index, target, method!);
  };

/** What a handler takes in. */
export interface InputBinding {
  input: Dto;
  message: Codec<any>;
}

/** Puts extraction and validation on the parameter that `@Input()` marked. Throws a TypeError that names what is wrong. */
export const bindInput = (prototype: object, method: string, { input, message }: InputBinding): void => {
  const place = `${prototype.constructor.name}.${method}()`;
  const index = Reflect.getMetadata(INPUT, prototype, method) as number | undefined;
  if (index === undefined) throw new TypeError(`${place} has no @Input() parameter`);
  checkDto(input, message);
  Extract(input, new InputPipe(input) as PipeTransform)(prototype, method, index);
};

/** Over HTTP, what has a body takes fields from path and body, all else from path and query. */
const Extract = createParamDecorator((dto: Dto, context: ExecutionContext) => {
  if (context.getType() !== 'http') return context.getArgByIndex(0);
  const request = context.switchToHttp().getRequest();
  const path = parseFields(dto, request.params);
  if (!/^(POST|PUT|PATCH)$/.test(request.method)) return { ...parseFields(dto, request.query), ...path };
  const body = expectJson(request);
  return isRecord(body) ? { ...body, ...path } : body;
});

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

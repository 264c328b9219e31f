import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { Codec, Dto } from '@fourfold/contracts/contract';
import { contextTypeOf } from '../pipeline/context-types.ts';
import { InputPipe } from '../pipeline/validation.ts';
import { checkDto } from './check-dto.ts';

const INPUT = Symbol('input');

/**
 * The validated message. The contract says which DTO it is, never reflection; a route outside of any contract names it:
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

const Extract = createParamDecorator((dto: Dto, context: ExecutionContext) =>
  contextTypeOf(context).input(context, dto),
);

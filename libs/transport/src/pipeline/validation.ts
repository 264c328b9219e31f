import { ValidationPipe } from '@nestjs/common';
import { errorsWithin } from '@fourfold/contracts/collections';
import type { Dto } from '@fourfold/contracts/contract';
import { type FieldShape, shapeOf } from '@fourfold/contracts/field-shape';
import type { Violation } from '@fourfold/contracts/service-error';
import type { ValidationError } from 'class-validator';
import { invalidInput } from '../errors.ts';
import { isUnsafe, Malformed, unsafeInteger } from './json.ts';

const MAX_DEPTH = 32;

/** ValidationPipe for one DTO, with the same violations whichever transport brought the input. */
export class InputPipe extends ValidationPipe {
  constructor(private readonly dto: Dto) {
    super({
      expectedType: dto,
      validateCustomDecorators: true, // without it ValidationPipe skips custom parameters without a word
      transform: true,
      transformOptions: { exposeDefaultValues: true, exposeUnsetFields: true },
      whitelist: true,
      validationError: { target: false, value: true }, // tells a list's index from a field's name
      exceptionFactory: (errors) => invalidInput(violationsOf(errors)),
    });
  }

  /** Nest's own would also take `constructor` and `prototype` out of maps; `withoutNulls` has made new objects. */
  protected override stripProtoKeys(): void {}

  override transform(value: unknown, metadata: Parameters<ValidationPipe['transform']>[1]): Promise<unknown> {
    return super.transform(readable(value, this.dto), metadata);
  }
}

/** The input as an object to validate. Throws the one violation if it is not an object. */
function readable(value: unknown, dto: Dto): object {
  if (value instanceof Malformed) throw invalidInput([value.violation]);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw invalidInput([{ path: '', rule: 'isObject', message: 'the input must be an object' }]);
  return withoutNulls(value, { dto: () => dto }, '', 0) as object;
}

/** proto3 JSON: null is absent. Integers that a number cannot hold exactly are refused rather than changed. */
function withoutNulls(value: unknown, shape: FieldShape, path: string, depth: number): unknown {
  if (depth > MAX_DEPTH)
    throw invalidInput([{ path, rule: 'maxDepth', message: `the input is nested deeper than ${MAX_DEPTH}` }]);
  if (isUnsafe(value) && !shape.isFloat) throw invalidInput([unsafeInteger(path)]);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value))
    return value.map((item, index) => withoutNulls(item, shape, `${path}[${index}]`, depth + 1));
  const { isMap, dto, ...ofValues } = shape;
  const prototype = dto?.().prototype ?? null;
  const ofField = (key: string) => (isMap ? { ...ofValues, dto } : shapeOf(prototype, key));
  return Object.fromEntries(
    Object.entries(value)
      // class-transformer would call what a nested object says its constructor is
      .filter(
        ([key, field]) =>
          field !== null && field !== undefined && key !== '__proto__' && (isMap || key !== 'constructor'),
      )
      .map(([key, field]) => [key, withoutNulls(field, ofField(key), path ? `${path}.${key}` : key, depth + 1)]),
  );
}

function violationsOf(errors: ValidationError[], parent = '', inList = false): Violation[] {
  return errors.flatMap(({ property, value, constraints = {}, children = [] }) => {
    const path = inList ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
    const within = errorsWithin(value);
    const own = within.length ? [] : Object.entries(constraints).map(([rule, message]) => ({ path, rule, message }));
    return [...own, ...violationsOf([...within, ...children], path, Array.isArray(value))];
  });
}

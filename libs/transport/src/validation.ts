import { ValidationPipe } from '@nestjs/common';
import type { Dto } from '@fourfold/contracts/contract';
import { ServiceError, type Violation } from '@fourfold/contracts/service-error';
import type { ValidationError } from 'class-validator';
import { Malformed } from './json.ts';

const MAX_DEPTH = 32;

export const invalidInput = (violations: Violation[]): ServiceError =>
  new ServiceError('INVALID_ARGUMENT', 'INVALID_INPUT', `invalid input: ${violations[0]?.message ?? ''}`, {
    violations,
  });

/** ValidationPipe for one DTO, with the same violations whichever transport brought the input. */
export class InputPipe extends ValidationPipe {
  constructor(dto: Dto) {
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

  override transform(value: unknown, metadata: Parameters<ValidationPipe['transform']>[1]): Promise<unknown> {
    return super.transform(readable(value), metadata);
  }
}

/** The input as an object to validate, or the one violation that keeps it from being that. */
function readable(value: unknown): object {
  if (value instanceof Malformed) throw invalidInput([{ path: '', rule: 'isReadable', message: value.reason }]);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw invalidInput([{ path: '', rule: 'isObject', message: 'the input must be an object' }]);
  return withoutNulls(value, '', 0) as object;
}

/** proto3 JSON: null is absent. Integers that a number cannot hold exactly are refused rather than changed. */
function withoutNulls(value: unknown, path: string, depth: number): unknown {
  if (depth > MAX_DEPTH)
    throw invalidInput([{ path, rule: 'maxDepth', message: `the input is nested deeper than ${MAX_DEPTH}` }]);
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw invalidInput([{ path, rule: 'isSafeInteger', message: `${path} must be within ±(2^53 - 1)` }]);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item, index) => withoutNulls(item, `${path}[${index}]`, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => field !== null && field !== undefined && key !== '__proto__')
      .map(([key, field]) => [key, withoutNulls(field, path ? `${path}.${key}` : key, depth + 1)]),
  );
}

function violationsOf(errors: ValidationError[], parent = '', inList = false): Violation[] {
  return errors.flatMap(({ property, value, constraints = {}, children = [] }) => {
    const path = inList ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
    const own = Object.entries(constraints).map(([rule, message]) => ({ path, rule, message }));
    return [...own, ...violationsOf(children, path, Array.isArray(value))];
  });
}

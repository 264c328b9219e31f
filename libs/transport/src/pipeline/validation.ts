import { ValidationPipe } from '@nestjs/common';
import { errorsWithin } from '@fourfold/contracts/collections';
import type { Dto } from '@fourfold/contracts/contract';
import type { Violation } from '@fourfold/contracts/service-error';
import type { ValidationError } from 'class-validator';
import { invalidInput } from '../errors.ts';
import { readInput } from './read-input.ts';

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

  /** Nest's own would also take `constructor` and `prototype` out of maps; `readInput` has made new objects. */
  protected override stripProtoKeys(): void {}

  override async transform(value: unknown, metadata: Parameters<ValidationPipe['transform']>[1]): Promise<unknown> {
    return super.transform(readInput(value, this.dto), metadata);
  }
}

function violationsOf(errors: ValidationError[], parent = '', inList = false): Violation[] {
  return errors.flatMap(({ property, value, constraints = {}, children = [] }) => {
    const path = inList ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
    const within = errorsWithin(value);
    const own = within.length ? [] : Object.entries(constraints).map(([rule, message]) => ({ path, rule, message }));
    return [...own, ...violationsOf([...within, ...children], path, Array.isArray(value))];
  });
}

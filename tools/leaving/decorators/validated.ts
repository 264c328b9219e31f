import { type Type, ValidationPipe } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import type { ValidationError } from 'class-validator';

/** Validates by an explicit DTO: Nest reads the class by reflection, finds `Object` after `import type`, and lets everything pass. */
export const validated = (dto: Type): ValidationPipe =>
  new ValidationPipe({
    expectedType: dto,
    transform: true,
    whitelist: true,
    exceptionFactory: (errors) =>
      new ServiceError('INVALID_ARGUMENT', 'INVALID_INPUT', 'invalid input', {
        violations: errors.flatMap(violationsOf),
      }),
  });

const violationsOf = ({ property: path, constraints = {} }: ValidationError) =>
  Object.entries(constraints).map(([rule, message]) => ({ path, rule, message }));

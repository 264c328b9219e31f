import type { Dto } from '@fourfold/contracts/contract';
import { fieldOf, fieldsOf, typeOf } from './dto-fields.ts';
import { numberOf } from './json.ts';

/**
 * Text as what the field is: paths, queries and environment variables know nothing but strings. What a field is its initial
 * value tells, or its declared type (a decorated field's `design:type`). Text that is no such thing stays text, for validation to refuse.
 */
export const parseField = (dto: Dto, field: string, given: unknown): unknown => {
  const type = (fieldOf(fieldsOf(dto), field) ?? { type: typeOf(dto, field) }).type;
  if (type === Array && !Array.isArray(given)) return [given];
  if (typeof given !== 'string') return given;
  if (type === Number) return numberOf(given) ?? given;
  if (type === Boolean && /^(true|false)$/.test(given)) return given === 'true';
  return given;
};

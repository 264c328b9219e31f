import type { Dto } from '@fourfold/contracts/contract';

/**
 * Text as what the field is: paths, queries and environment variables know nothing but strings. What a field is its initial
 * value tells, or its declared type (a decorated field's `design:type`). Text that is no such thing stays text, for validation to refuse.
 */
export const parseField = (dto: Dto, field: string, given: unknown): unknown => {
  const initial = new dto()[field];
  const type = initial === undefined ? Reflect.getMetadata('design:type', dto.prototype, field) : initial.constructor;
  if (type === Array && !Array.isArray(given)) return [given];
  if (typeof given !== 'string') return given;
  if (type === Number && given.trim() && !Number.isNaN(Number(given))) return Number(given);
  if (type === Boolean && /^(true|false)$/.test(given)) return given === 'true';
  return given;
};

/** Every field of a record of text, so parsed. */
export const parseFields = (dto: Dto, given: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).map(([field, value]) => [field, parseField(dto, field, value)]));

import { Exclude, plainToInstance, Transform, type TransformFnParams, Type } from 'class-transformer';
import { ValidateBy, validateSync, type ValidationError } from 'class-validator';
import { shaped } from './field-shape.ts';

/** A repeated field whose values each obey the decorators: `@ListOf(Float())`. Of messages, `@NestedList()` is enough. */
export const ListOf = (...decorators: PropertyDecorator[]) => collectionOf('list', decorators, Array.isArray);

/** A map whose values obey the decorators: `@MapOf(IsString())`, `@MapOf(Nested(() => PartDto))`. */
export const MapOf = (...decorators: PropertyDecorator[]) => collectionOf('map', decorators, isRecord);

/** A map from int32, the same way. */
export const Int32MapOf = (...decorators: PropertyDecorator[]) =>
  collectionOf('int32 map', decorators, (value) => isRecord(value) && Object.keys(value).every(isInt32));

/** How many values a map may have: what `@ArrayMaxSize()` is to a list. */
export const MapMaxSize = (most: number) =>
  ValidateBy({
    name: MAP_MAX_SIZE,
    constraints: [most],
    validator: {
      validate: (value) => !isRecord(value) || Object.keys(value).length <= most,
      defaultMessage: () => `$property must contain no more than ${most} elements`,
    },
  });
export const MAP_MAX_SIZE = 'mapMaxSize';

/** What is wrong within a list or map, by index or key: ValidationError has no place for it under a custom rule. */
export const errorsWithin = (collection: unknown): ValidationError[] => within.get(collection as object) ?? [];

const within = new WeakMap<object, ValidationError[]>();

/** The name of the one field that a value is validated as: messages say `each value must be …`. */
const EACH = 'each value';

/** class-transformer looks into none: it would call whatever stands under the key `constructor`. */
@Exclude()
class Opaque {}

const collectionOf = (
  kind: string,
  decorators: PropertyDecorator[],
  isOne: (value: unknown) => boolean,
): PropertyDecorator => {
  class Each {
    [EACH]: unknown = undefined;
  }
  for (const decorate of decorators) decorate(Each.prototype, EACH);
  const read = ({ obj, key, options }: TransformFnParams) =>
    isOne(obj[key])
      ? mapValues(obj[key], (value) => plainToInstance(Each, { [EACH]: value }, options)[EACH])
      : obj[key];
  const validate = (value: unknown): boolean => {
    if (!isOne(value)) return false;
    const errors: ValidationError[] = [];
    for (const [property, item] of Object.entries(value as object)) {
      const [error] = validateSync(Object.assign(new Each(), { [EACH]: item }), { whitelist: true });
      if (error) errors.push(Object.assign(error, { property }));
    }
    within.set(value as object, errors);
    return !errors.length;
  };
  const isWithin = ValidateBy({
    name: 'isCollection',
    validator: { validate, defaultMessage: () => `$property must be a ${kind}` },
  });
  return (prototype, field) => {
    shaped({ each: Each, isMap: kind !== 'list' })(prototype, field);
    Type(() => Opaque)(prototype, field);
    Transform(read)(prototype, field);
    isWithin(prototype, field);
  };
};

const mapValues = (collection: object, convert: (value: unknown) => unknown): unknown =>
  Array.isArray(collection)
    ? collection.map(convert)
    : Object.fromEntries(Object.entries(collection).map(([key, value]) => [key, convert(value)]));

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const isInt32 = (key: string): boolean => String(Number(key) | 0) === key;

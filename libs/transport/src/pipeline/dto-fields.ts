import 'reflect-metadata';
import { MAP_MAX_SIZE } from '@fourfold/contracts/collections';
import type { Dto } from '@fourfold/contracts/contract';
import { shapeOf } from '@fourfold/contracts/field-shape';
import { getMetadataStorage } from 'class-validator';

/** What the decorators and the initial value of a DTO's field say of it. */
export interface Field {
  name: string;
  /** Its declared or initial type, if it has one: Number, Boolean, Array … */
  type?: Function;
  isNumber: boolean;
  isInteger: boolean;
  /** A number that need not be a safe integer. */
  isFloat: boolean;
  /** It bounds how many decimals its number may have. */
  hasMaxDecimals: boolean;
  isList: boolean;
  /** Keys of the sender's choice. */
  isMap: boolean;
  /** How many values a list or map may have, if the DTO states it. */
  maxSize?: number;
  /** Why a larger one is refused, in the DTO's own words, if it states them. */
  maxSizeMessage?: string;
  /** Of a list or map: what each of its values is. */
  each?: Field;
  /** Of a message, or of each message in a list. */
  dto?: () => Dto;
}

/** The fields of a DTO by name, in code as in JSON. */
export type Fields = ReadonlyMap<string, Field>;

const known = new WeakMap<Dto, Fields>();

/** The fields that a DTO's class-validator decorators stand on. Made once, when its first message comes. */
export const fieldsOf = (dto: Dto): Fields => {
  const fields = known.get(dto) ?? inspect(dto);
  known.set(dto, fields);
  return fields;
};

const PROTO_NAME = /^[a-z][a-z\d]*(_[a-z\d]+)+$/;

/** The field that JSON means by a key: its own name, or its original name in the .proto (`order_id`). */
export const fieldOf = (fields: Fields, key: string): Field | undefined =>
  fields.get(key) ??
  (PROTO_NAME.test(key) ? fields.get(key.replace(/_(.)/g, (_, letter) => letter.toUpperCase())) : undefined);

/** A class-validator rule: `arrayMaxSize` with `[100]`. */
interface Rule {
  propertyName: string;
  name?: string;
  constraints?: unknown[];
  /** Text, possibly with `$property` and `$constraint1`, or what makes it. */
  message?: unknown;
}

/** What a field's initial value tells, or its declared type (a decorated field's `design:type`). */
export const typeOf = (dto: Dto, name: string, initial = new dto()[name]): Function | undefined =>
  initial === undefined || initial === null
    ? Reflect.getMetadata('design:type', dto.prototype, name)
    : initial.constructor;

const inspect = (dto: Dto): Fields => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false) as Rule[];
  const initial = new dto() as Record<string, unknown>;
  const fields = new Map<string, Field>();
  for (const name of new Set(rules.map(({ propertyName }) => propertyName))) {
    const own = rules.filter(({ propertyName }) => propertyName === name);
    fields.set(name, describe(dto, name, own, typeOf(dto, name, initial[name])));
  }
  return fields;
};

const describe = (dto: Dto, name: string, rules: Rule[], type: Function | undefined): Field => {
  const rule = (...wanted: string[]) => rules.find((one) => one.name !== undefined && wanted.includes(one.name));
  const { each, isFloat = false, isMap = false, ...shape } = shapeOf(dto.prototype, name);
  const isList = !isMap && (each !== undefined || type === Array || rule('isArray') !== undefined);
  const numeric = rule('isInt', 'isNumber');
  const value: Field = {
    name,
    isNumber: type === Number || numeric !== undefined,
    isInteger: rule('isInt') !== undefined,
    isFloat,
    hasMaxDecimals:
      (numeric?.constraints?.[0] as { maxDecimalPlaces?: number } | undefined)?.maxDecimalPlaces !== undefined,
    isList: false,
    isMap: false,
    ...(type && { type }),
    ...(shape.dto && { dto: shape.dto }),
  };
  if (!isList && !isMap) return value;
  const [ofEach = value] = each ? fieldsOf(each).values() : [];
  return {
    ...value,
    isNumber: false,
    isInteger: false,
    isList,
    isMap,
    each: ofEach,
    ...maxSizeOf(name, rule('arrayMaxSize', MAP_MAX_SIZE)),
  };
};

const maxSizeOf = (name: string, rule: Rule | undefined): Pick<Field, 'maxSize' | 'maxSizeMessage'> => {
  if (!rule) return {};
  const maxSize = rule.constraints?.[0] as number;
  if (typeof rule.message !== 'string') return { maxSize };
  const message = rule.message.replaceAll('$property', name).replaceAll('$constraint1', String(maxSize));
  return { maxSize, maxSizeMessage: message };
};

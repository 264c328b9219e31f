import type { Dto } from '@fourfold/contracts/contract';
import type { Violation } from '@fourfold/contracts/service-error';
import { invalidInput } from '../errors.ts';
import { type Field, fieldOf, type Fields, fieldsOf } from './dto-fields.ts';
import { InputBounds, type Place, pathOf } from './input-bounds.ts';
import { isDecoded, Malformed, numberOf, unsafeInteger } from './json.ts';

/**
 * The input of a DTO, read as proto3 JSON has it: null is absent, numbers may be text, and fields may have their original names.
 * Members that the DTO does not know are left out unread. Sizes, depth and numbers are checked here, before anything is made of
 * the values. Throws INVALID_ARGUMENT with the first violation.
 */
export const readInput = (given: unknown, dto: Dto): object => {
  if (given instanceof Malformed) throw invalidInput([given.violation]);
  if (!isObject(given) || Array.isArray(given))
    throw invalidInput([{ path: '', rule: 'isObject', message: 'the input must be an object' }]);
  return new InputReader(isDecoded(given)).message(given, fieldsOf(dto), { depth: 0 });
};

class InputReader {
  private readonly bounds = new InputBounds();

  /** Numbers of protobuf may be infinite or NaN; those of JSON are then too large for a number. */
  constructor(private readonly isProtobuf: boolean) {}

  message(given: Record<string, unknown>, fields: Fields, at: Place): object {
    const read: Record<string, unknown> = {};
    for (const key of this.bounds.keysOf(given, at)) {
      const field = fieldOf(fields, key);
      const value = given[key];
      if (!field || value === null || value === undefined) continue;
      if (Object.hasOwn(read, field.name)) throw refused(at, field.name, 'isOnce', 'must not be there under two names');
      read[field.name] = this.value(value, field, at, field.name);
    }
    return read;
  }

  private value(given: unknown, field: Field | undefined, parent: Place, key: string | number): unknown {
    if (typeof given === 'number') return this.number(given, field, parent, key);
    if (typeof given === 'string') return this.text(given, field, parent, key);
    if (!isObject(given)) return given;
    const at = this.bounds.enter(parent, key);
    if (Array.isArray(given)) return this.list(given, field, at);
    if (field?.isMap) return this.map(given, field, at);
    return field?.dto ? this.message(given, fieldsOf(field.dto()), at) : this.unknown(given, at);
  }

  private list(given: unknown[], field: Field | undefined, at: Place): unknown {
    if (field?.dto && !field.isList) throw refused(at.parent!, at.key!, 'isObject', 'must be an object');
    this.bounds.checkSize(given.length, field, at);
    return given.map((value, index) => {
      if (value === null) throw refused(at, index, 'isDefined', 'must not be null');
      if (Array.isArray(value)) throw refused(at, index, 'isNotArray', 'must not be a list within a list');
      return this.value(value, field?.each ?? field, at, index);
    });
  }

  private map(given: Record<string, unknown>, field: Field, at: Place): object {
    const keys = this.bounds.keysOf(given, at);
    this.bounds.checkSize(keys.length, field, at);
    const read: Record<string, unknown> = {};
    for (const key of keys) {
      if (given[key] === null) throw refused(at, key, 'isDefined', 'must not be null');
      if (!key.isWellFormed()) throw refused(at, key, 'isWellFormed', 'must have a key of well-formed Unicode');
      if (key !== '__proto__') read[key] = this.value(given[key], field.each, at, key);
    }
    return read;
  }

  /** What no decorator of ours describes, such as the object of a plain `@Type()`. */
  private unknown(given: Record<string, unknown>, at: Place): object {
    const keys = this.bounds.keysOf(given, at);
    this.bounds.checkSize(keys.length, undefined, at);
    const read: Record<string, unknown> = {};
    for (const key of keys) {
      // class-transformer would call what an object says its constructor is
      if (given[key] === null || given[key] === undefined || key === '__proto__' || key === 'constructor') continue;
      read[key] = this.value(given[key], undefined, at, key);
    }
    return read;
  }

  private text(given: string, field: Field | undefined, parent: Place, key: string | number): string | number {
    if (!given.isWellFormed()) throw refused(parent, key, 'isWellFormed', 'must be well-formed Unicode');
    const number = field?.isNumber ? numberOf(given) : undefined;
    return number === undefined ? given : this.number(number, field, parent, key);
  }

  private number(given: number, field: Field | undefined, parent: Place, key: string | number): number {
    if (Number.isSafeInteger(given)) return given;
    if (!Number.isFinite(given)) {
      if (this.isProtobuf) return given;
      throw refused(parent, key, 'isFinite', 'must be within ±1.8e308');
    }
    if (Number.isInteger(given)) {
      if (field?.isFloat) return given;
      throw invalidInput([unsafeInteger(pathOf({ parent, key, depth: 0 }))]);
    }
    // class-validator throws a TypeError over such a number, since its text has no decimal point
    if (field?.hasMaxDecimals && Math.abs(given) < 1e-6)
      throw refused(parent, key, 'isNumber', 'has too many decimal places');
    return given;
  }
}

const refused = (parent: Place, key: string | number, rule: string, what: string): Error => {
  const path = pathOf({ parent, key, depth: 0 });
  const violation: Violation = { path, rule, message: `${path} ${what}` };
  return invalidInput([violation]);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array);

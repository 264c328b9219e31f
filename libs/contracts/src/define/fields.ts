import { Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import type { Dto } from './contract.ts';
import { shaped } from './field-shape.ts';

const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, key) =>
    decorators.forEach((decorate) => decorate(target, key));

/** PostgreSQL keeps no NUL, and nobody wants the others. */
const NoControlCharacters = () => Matches(/^\P{Cc}*$/u, { message: '$property must not contain control characters' });

/** An id: 1–64 characters, none of them a control character. Ours are UUIDv7. */
export const Id = () => all(IsString(), Length(1, 64), NoControlCharacters());

/** A name for people, on one line: 1–200 characters, none of them a control character. */
export const Name = () => all(IsString(), Length(1, 200), NoControlCharacters());

/** Words for people, on one line: at most 200 characters, none of them a control character; may be empty. */
export const Line = () => all(IsString(), Length(0, 200), NoControlCharacters());

/** A message within the message. It may be absent: add `@IsDefined()` if it must be there. */
export const Nested = (dto: () => Dto) => all(shaped({ dto }), Type(dto), ValidateNested());

/** A repeated message. */
export const NestedList = (dto: () => Dto) =>
  all(shaped({ dto }), Type(dto), IsArray(), ValidateNested({ each: true }));

/** `page_size` of google.aip.dev/158: 0 means the service's default. */
export const PageSize = () => all(IsInt(), Min(0), Max(100));

/** `page_token` of google.aip.dev/158: opaque, empty for the first page. */
export const PageToken = () => all(IsString(), Length(0, 200));

/** Local date and time, the day in it, and the offset. Letters are capital, and a fraction has nanoseconds at most, as proto3 JSON wants it. */
const RFC_3339 = /^(\d{4}-\d\d-(\d\d)T\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** `new Date` makes 2 March of 30 February, and midnight of 24:00. */
const isOnCalendar = (local: string, day: string) => new Date(`${local}Z`).getUTCDate() === Number(day);

/** The time that text is, if it is one; else the text, for validation to refuse. */
const timeOf = (text: string): Date | string => {
  const [, local = '', day = ''] = RFC_3339.exec(text) ?? [];
  return isOnCalendar(local, day) ? new Date(text) : text;
};

const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const IsTime = () =>
  ValidateBy({
    name: 'isDate',
    validator: {
      validate: (value) => value instanceof Date && value.getTime() >= EARLIEST && value.getTime() <= LATEST,
      defaultMessage: () =>
        '$property must be an existing time, such as 2026-01-31T23:59:59.999Z, in the years 0001 to 9999',
    },
  });

/**
 * google.protobuf.Timestamp: a `Date` in code, RFC 3339 in JSON; nothing else is read as a time. Leap seconds are refused:
 * a `Date` has none.
 */
export const Timestamp = () =>
  all(
    Transform(({ value }) => (typeof value === 'string' ? timeOf(value) : value)),
    IsTime(),
  );

/** Standard and URL-safe, with or without padding. */
const BASE_64 = /^[\w+/-]*={0,2}$/;
const isBase64 = (text: string): boolean => {
  if (!BASE_64.test(text)) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return padding ? text.length % 4 === 0 : text.length % 4 !== 1;
};
const IsBytes = () =>
  ValidateBy({
    name: 'isBytes',
    validator: { validate: (value) => value instanceof Uint8Array, defaultMessage: () => '$property must be base64' },
  });

/** proto `bytes`: a Buffer in code, base64 in JSON. */
export const Bytes = () =>
  all(
    Transform(({ value }) => (typeof value === 'string' && isBase64(value) ? Buffer.from(value, 'base64') : value)),
    IsBytes(),
  );

/** proto int32, sint32, sfixed32. int64 and its kin are `@IsInt()`: what is beyond ±(2^53 - 1) is refused everywhere. */
export const Int32 = () => all(IsInt(), Min(-(2 ** 31)), Max(2 ** 31 - 1));

/** proto uint32, fixed32. */
export const Uint32 = () => all(IsInt(), Min(0), Max(2 ** 32 - 1));

/** proto uint64, fixed64. */
export const Uint64 = () => all(IsInt(), Min(0));

/** What JSON cannot say of numbers, as proto3 JSON names it. */
const NAMED: Record<string, number> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };
const isNamed = (value: unknown): value is string => typeof value === 'string' && Object.hasOwn(NAMED, value);

/** proto double, and float if it need not be checked for size: any number, whole ones beyond ±(2^53 - 1) too. -0 is 0: JSON text cannot tell. */
export const Float = () =>
  all(
    shaped({ isFloat: true }),
    Transform(({ value }) => (isNamed(value) ? NAMED[value] : value === 0 ? 0 : value)),
    IsNumber({ allowNaN: true, allowInfinity: true }),
  );

const LARGEST_FLOAT = 3.402_823_466_385_288_6e38;
const IsFloat32 = () =>
  ValidateBy({
    name: 'isFloat32',
    validator: {
      validate: (value) => typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) <= LARGEST_FLOAT,
      defaultMessage: () => '$property must be within ±3.4e38',
    },
  });

/** proto float: the same, and what only a double can hold is refused. */
export const Float32 = () => all(Float(), IsFloat32());

/**
 * A generated enum, by its names; what this version does not know is refused. With the generated `…FromJSON` of the enum,
 * JSON may have its numbers, too.
 */
export const EnumOf = <E extends string>(names: Record<string, E>, fromJson?: (json: unknown) => E) => {
  const known: string[] = Object.values(names).filter((name) => name !== 'UNRECOGNIZED');
  const nameOf = (given: unknown) => {
    const name = Number.isInteger(given) ? fromJson?.(given) : undefined;
    return name !== undefined && known.includes(name) ? name : given;
  };
  return all(
    Transform(({ value }) => nameOf(value)),
    IsIn(known),
  );
};

/** A member of a oneof, beside the others by name: absent, or alone. Stands on every member. */
export const OneOf = (...others: string[]) => {
  const isAlone = (message: object) => others.every((other) => message[other as keyof object] === undefined);
  const message = `$property excludes ${others.join(', ')}`;
  return all(
    IsOptional(),
    ValidateBy({
      name: 'oneOf',
      validator: { validate: (_, args) => isAlone(args!.object), defaultMessage: () => message },
    }),
  );
};

export class MoneyDto {
  @Matches(/^[A-Z]{3}$/, { message: 'currencyCode must be an ISO 4217 code' }) currencyCode = '';
  @IsInt() @Min(0) minorUnits = 0;
}

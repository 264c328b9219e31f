import { Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsDate,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import type { Dto } from './contract.ts';

const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, key) =>
    decorators.forEach((decorate) => decorate(target, key));

/** An id: 1–64 characters, none of them a control character. Ours are UUIDv7. */
export const Id = () =>
  all(IsString(), Length(1, 64), Matches(/^\P{Cc}*$/u, { message: '$property must not contain control characters' }));

/** A message within the message. Absent stays absent: add `@IsDefined()` where it must be there. */
export const Nested = (dto: () => Dto) => all(Type(dto), ValidateNested());

/** A repeated message. */
export const NestedList = (dto: () => Dto) => all(Type(dto), IsArray(), ValidateNested({ each: true }));

/** `page_size` of google.aip.dev/158: 0 means the service's default. */
export const PageSize = () => all(IsInt(), Min(0), Max(100));

/** `page_token` of google.aip.dev/158: opaque, empty for the first page. */
export const PageToken = () => all(IsString(), Length(0, 200));

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** google.protobuf.Timestamp: a `Date` in code, RFC 3339 in JSON; nothing else is read as a time. */
export const Timestamp = () =>
  all(
    Transform(({ value }) => (typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : value)),
    IsDate(),
  );

const BASE_64 = /^[A-Za-z0-9+/]*={0,2}$/;
const IsBytes = () =>
  ValidateBy({
    name: 'isBytes',
    validator: { validate: (value) => value instanceof Uint8Array, defaultMessage: () => '$property must be base64' },
  });

/** proto `bytes`: a Buffer in code, base64 in JSON. */
export const Bytes = () =>
  all(
    Transform(({ value }) => (typeof value === 'string' && BASE_64.test(value) ? Buffer.from(value, 'base64') : value)),
    IsBytes(),
  );

export class MoneyDto {
  @Matches(/^[A-Z]{3}$/, { message: 'currencyCode must be an ISO 4217 code' }) currencyCode = '';
  @IsInt() @Min(0) minorUnits = 0;
}

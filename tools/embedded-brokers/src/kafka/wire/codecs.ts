import { HangUp } from '../errors.ts';
import type { Scalar } from './fields.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** Reads and writes a value in one version of a message. Null is written as nothing where the version has no null. */
export interface Codec<Read = any, Given = any> {
  read(reader: Reader): Read;
  write(writer: Writer, value: Given): void;
}

const FIXED: Partial<Record<Scalar, Codec>> = {
  boolean: { read: (reader) => reader.int8() !== 0, write: (writer, value) => writer.int8(value ? 1 : 0) },
  int8: { read: (reader) => reader.int8(), write: (writer, value) => writer.int8(value) },
  int16: { read: (reader) => reader.int16(), write: (writer, value) => writer.int16(value) },
  int32: { read: (reader) => reader.int32(), write: (writer, value) => writer.int32(value) },
  int64: { read: (reader) => reader.int64(), write: (writer, value) => writer.int64(value) },
  uuid: {
    read: (reader) => reader.take(16).toString('base64url'),
    write: (writer, value) => writer.raw(Buffer.from(value, 'base64url')),
  },
};

/** Lengths before strings, and before all else; compact ones are one more, so that 0 stands for null. */
const INT16: Codec<number> = { read: (reader) => reader.int16(), write: (writer, length) => writer.int16(length) };
const INT32: Codec<number> = { read: (reader) => reader.int32(), write: (writer, length) => writer.int32(length) };
const COMPACT: Codec<number> = {
  read: (reader) => reader.unsignedVarint() - 1,
  write: (writer, length) => writer.unsignedVarint(length + 1),
};

export function scalarOf(type: Scalar, isFlexible: boolean, isNullable: boolean): Codec {
  if (type === 'string') return stringOf(isFlexible ? COMPACT : INT16, isNullable);
  if (type === 'bytes') return bytesOf(isFlexible ? COMPACT : INT32, isNullable);
  if (type === 'records') return recordsOf(isFlexible ? COMPACT : INT32, isNullable);
  return FIXED[type]!;
}

export function arrayOf({ read, write }: Codec, isFlexible: boolean, isNullable: boolean): Codec {
  const length = isFlexible ? COMPACT : INT32;
  return {
    read: (reader) => {
      const count = length.read(reader);
      if (count === -1) return nullIf(isNullable, 'an array');
      reader.expect(count); // every element has a byte at least: a count cannot make us allocate more than was sent
      return Array.from({ length: count }, () => read(reader));
    },
    write: (writer, values) => {
      length.write(writer, values ? values.length : isNullable ? -1 : 0);
      if (values) for (const value of values) write(writer, value);
    },
  };
}

/** A struct that may be null: after a byte, -1 for null. */
export const orNull = ({ read, write }: Codec): Codec => ({
  read: (reader) => (reader.int8() < 0 ? null : read(reader)),
  write: (writer, value) => {
    writer.int8(value === null ? -1 : 1);
    if (value !== null) write(writer, value);
  },
});

const stringOf = (length: Codec<number>, isNullable: boolean): Codec<string | null> => ({
  read: (reader) => {
    const size = length.read(reader);
    return size === -1 ? nullIf(isNullable, 'a string') : reader.take(size).toString('utf8');
  },
  write: (writer, value) => {
    if (value === null) return length.write(writer, isNullable ? -1 : 0);
    const size = Buffer.byteLength(value);
    length.write(writer, size);
    writer.text(value, size);
  },
});

const bytesOf = (length: Codec<number>, isNullable: boolean): Codec<Buffer | null> => ({
  read: (reader) => {
    const size = length.read(reader);
    return size === -1 ? nullIf(isNullable, 'bytes') : reader.take(size);
  },
  write: (writer, value) => {
    length.write(writer, value ? value.length : isNullable ? -1 : 0);
    if (value) writer.raw(value);
  },
});

const recordsOf = (length: Codec<number>, isNullable: boolean): Codec<Buffer | null, readonly Buffer[] | null> => ({
  read: bytesOf(length, isNullable).read,
  write: (writer, parts) => {
    length.write(writer, parts ? parts.reduce((sum, part) => sum + part.length, 0) : isNullable ? -1 : 0);
    if (parts) writer.raw(...parts);
  },
});

function nullIf(isNullable: boolean, what: string): null {
  if (isNullable) return null;
  throw new HangUp(`${what} may not be null`);
}

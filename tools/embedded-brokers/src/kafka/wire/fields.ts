/** The types of the protocol guide that stand for themselves. */
export type Scalar = 'boolean' | 'int8' | 'int16' | 'int32' | 'int64' | 'uuid' | 'string' | 'bytes' | 'records';

export type Type = Scalar | { readonly each: Type } | { readonly fields: Fields };

/** The fields of a message, or of a struct in it, in their order on the wire. */
export type Fields = Readonly<Record<string, Field>>;

/** First and last version, both inclusive. */
export type Versions = readonly [first: number, last: number];

const ALL: Versions = [0, Infinity];

/** A field of a message: its type, and the versions that have it. `Given` is what a writer takes for what a reader returns. */
export class Field<Read = any, Given = any> {
  declare readonly types: { read: Read; given: Given };
  readonly type: Type;
  /** Among those versions that have the struct around it. */
  readonly versions: Versions;
  /** Where a version does not have it, or a writer is not given it. */
  readonly byDefault: Given;
  /** The versions in which it may be null. */
  readonly nullable: Versions | undefined;
  /** Its number among the tagged fields (KIP-482). */
  readonly tag: number | undefined;

  constructor(type: Type, versions: Versions, byDefault: Given, more: Partial<Field> = {}) {
    this.type = type;
    this.versions = versions;
    this.byDefault = byDefault;
    this.nullable = more.nullable;
    this.tag = more.tag;
  }
}

/** What a reader returns: all fields. */
export type ReadOf<F extends Fields> = { -readonly [Name in keyof F]: F[Name]['types']['read'] };

/** What a writer takes: a field that is left out has its default. */
export type GivenOf<F extends Fields> = { [Name in keyof F]?: F[Name]['types']['given'] };

/** The value of a uuid that is not set. */
export const NO_ID = Buffer.alloc(16).toString('base64url');

export const boolean = scalar<boolean>('boolean', false);
export const int8 = scalar<number>('int8', 0);
export const int16 = scalar<number>('int16', 0);
export const int32 = scalar<number>('int32', 0);
export const int64 = scalar<bigint>('int64', 0n);
export const string = scalar<string>('string', '');
/** As Kafka shows it: base64url. */
export const uuid = scalar<string>('uuid', NO_ID);
/** A reader returns a view: copy it to keep it. */
export const bytes = scalar<Buffer>('bytes', Buffer.alloc(0));

/** Record batches: read as a view, written part by part. */
export const records = (versions = '0+') => new Field<Buffer, readonly Buffer[]>('records', versionsOf(versions), []);

export function array<F extends Fields>(...of: Of<F>): Field<ReadOf<F>[], readonly GivenOf<F>[]>;
export function array<Read, Given>(...of: Of<Field<Read, Given>>): Field<Read[], readonly Given[]>;
export function array(...of: Of<Field | Fields>): Field {
  const [versions, each] = split(of);
  return new Field({ each: each instanceof Field ? each.type : { fields: each } }, versions, []);
}

export function struct<F extends Fields>(...of: Of<F>): Field<ReadOf<F>, GivenOf<F>> {
  const [versions, fields] = split(of);
  return new Field({ fields }, versions, {});
}

/** A field that may be null, perhaps only in these versions; null is its default. */
export function nullable<Read, Given>(...of: Of<Field<Read, Given>>): Field<Read | null, Given | null> {
  const [versions, { type, versions: all, tag }] = split(of);
  return new Field<Read | null, Given | null>(type, all, null, { tag, nullable: versions });
}

/** A field that is only sent if it differs from its default. */
export const tagged = <Read, Given>(tag: number, field: Field<Read, Given>) =>
  new Field<Read, Given>(field.type, field.versions, field.byDefault, { ...field, tag });

/** Versions come first, so that what is long comes last; without them it is all versions. */
type Of<T> = [of: T] | [versions: string, of: T];

const split = <T>(of: Of<T>): [Versions, T] => (of.length === 1 ? [ALL, of[0]] : [versionsOf(of[0]), of[1]]);

export const includes = ([first, last]: Versions, version: number): boolean => version >= first && version <= last;

/** '3+', '1-4' or '2' */
function versionsOf(text: string): Versions {
  const [, first, plus, last] = /^(\d+)(\+)?(?:-(\d+))?$/.exec(text) ?? [];
  return [Number(first), plus ? Infinity : Number(last ?? first)];
}

function scalar<T>(type: Scalar, none: T) {
  return (versions = '0+', byDefault = none) => new Field<T>(type, versionsOf(versions), byDefault);
}

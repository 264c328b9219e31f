import { arrayOf, type Codec, orNull, scalarOf } from './codecs.ts';
import { type Field, type Fields, type GivenOf, includes, type ReadOf, type Type } from './fields.ts';
import { Writer } from './writer.ts';

/** The version that is read or written. */
interface At {
  version: number;
  isFlexible: boolean;
}

interface Member extends Codec {
  name: string;
  tag: number | undefined;
  byDefault: unknown;
}

/** A message with all its versions; each is made from the description of its fields when it is first needed. */
export class Message<F extends Fields = any> {
  readonly fields: F;
  readonly #flexible: number;
  readonly #codecs = new Map<number, Codec<ReadOf<F>, GivenOf<F>>>();

  /** `flexible` is the first version with compact lengths and tagged fields (KIP-482). */
  constructor(fields: F, flexible = Infinity) {
    this.fields = fields;
    this.#flexible = flexible;
  }

  at(version: number): Codec<ReadOf<F>, GivenOf<F>> {
    let codec = this.#codecs.get(version);
    if (!codec)
      this.#codecs.set(version, (codec = structOf(this.fields, { version, isFlexible: version >= this.#flexible })));
    return codec;
  }
}

function structOf(fields: Fields, at: At): Codec {
  const members = Object.entries(fields)
    .filter(([, { versions }]) => includes(versions, at.version))
    .map(([name, field]) => memberOf(name, field, at));
  const plain = members.filter(({ tag }) => tag === undefined);
  const tagged = members.filter(({ tag }) => tag !== undefined);
  const defaults = Object.fromEntries(Object.entries(fields).map(([name, { byDefault }]) => [name, byDefault]));
  return {
    read: (reader) => {
      const value = { ...defaults };
      for (const { name, read } of plain) value[name] = read(reader);
      if (!at.isFlexible) return value;
      reader.tags((tag, content) => {
        const member = tagged.find((each) => each.tag === tag);
        if (member) value[member.name] = member.read(content);
      });
      return value;
    },
    write: (writer, value) => {
      for (const { name, byDefault, write } of plain) {
        const given = value[name];
        write(writer, given === undefined ? byDefault : given);
      }
      if (at.isFlexible) writeTags(writer, tagged, value);
    },
  };
}

function memberOf(name: string, { type, nullable, tag, byDefault }: Field, at: At): Member {
  const isNullable = nullable !== undefined && includes(nullable, at.version);
  return { name, tag, byDefault, ...codecOf(type, at, isNullable) };
}

function codecOf(type: Type, at: At, isNullable: boolean): Codec {
  if (typeof type === 'string') return scalarOf(type, at.isFlexible, isNullable);
  if ('each' in type) return arrayOf(codecOf(type.each, at, false), at.isFlexible, isNullable);
  return isNullable ? orNull(structOf(type.fields, at)) : structOf(type.fields, at);
}

function writeTags(writer: Writer, tagged: readonly Member[], value: Record<string, unknown>): void {
  const sent = tagged.filter(({ name, byDefault }) => !isDefault(value[name], byDefault));
  writer.unsignedVarint(sent.length);
  for (const { name, tag, write } of sent) {
    const content = new Writer();
    write(content, value[name]);
    writer.unsignedVarint(tag!).sized(content.finish());
  }
}

const isDefault = (value: unknown, byDefault: unknown): boolean =>
  value === undefined || value === byDefault || (Array.isArray(value) && value.length === 0);

import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APIS } from '../../src/kafka/apis.ts';
import { type Field, type Fields, includes, type Type } from '../../src/kafka/wire/fields.ts';
import { textsOf } from '../../testing/kafka/jar.ts';

const classPath = process.env['KAFKA_CLASS_PATH'];
if (!classPath) throw new Error('KAFKA_CLASS_PATH is not set: the jars of a Kafka, for example /opt/kafka/libs/*');

/** A field as Kafka describes it in the JSON files from which its own classes are generated. */
interface Described {
  name: string;
  type: string;
  versions?: string;
  nullableVersions?: string;
  taggedVersions?: string;
  tag?: number;
  fields?: Described[];
}

interface DescribedMessage {
  apiKey: number;
  validVersions: string;
  flexibleVersions: string;
  latestVersionUnstable?: boolean;
  fields: Described[];
  commonStructs?: Described[];
}

const folder = dirname(classPath);
const jar = (await readdir(folder)).find((name) => /^kafka-clients-[\d.]+\.jar$/.test(name))!;
const texts = await textsOf(join(folder, jar), /^common\/message\/\w+(Request|Response)\.json$/);
const messageOf = (name: string): DescribedMessage =>
  JSON.parse(texts.get(`common/message/${name}.json`)!.replaceAll(/^\s*\/\/.*$|\s\/\/ .*$/gm, ''));

const rangeOf = (text = 'none'): [number, number] => {
  const [, first, plus, last] = /^(\d+)(\+)?(?:-(\d+))?$/.exec(text) ?? [];
  return first === undefined ? [Infinity, -1] : [Number(first), plus ? Infinity : Number(last ?? first)];
};

/** One line per field of a version, in their order on the wire: its place, type, tag and whether it may be null. */
function ours(fields: Fields, version: number, place = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (!includes(field.versions, version)) return [];
    const inner = structIn(field.type);
    return [
      line(`${place}${name}`, typeName(field.type), isNullable(field, version), field.tag),
      ...(inner ? ours(inner, version, `${place}${name}.`) : []),
    ];
  });
}

function theirs({ fields, commonStructs = [] }: DescribedMessage, version: number): string[] {
  const linesOf = (all: Described[], place: string): string[] =>
    all.flatMap((field) => {
      if (!includes(rangeOf(field.versions), version)) return [];
      const name = `${place}${field.name[0]!.toLowerCase()}${field.name.slice(1)}`;
      const element = field.type.replace('[]', '');
      const inner = field.fields ?? commonStructs.find((each) => each.name === element)?.fields;
      const type = (inner ? 'struct' : element.replace(/^bool$/, 'boolean')) + (element === field.type ? '' : '[]');
      const tag = includes(rangeOf(field.taggedVersions), version) ? field.tag : undefined;
      return [
        line(name, type, includes(rangeOf(field.nullableVersions), version), tag),
        ...(inner ? linesOf(inner, `${name}.`) : []),
      ];
    });
  return linesOf(fields, '');
}

const line = (name: string, type: string, canBeNull: boolean, tag?: number): string =>
  `${name}: ${type}${canBeNull ? ' or null' : ''}${tag === undefined ? '' : `, tag ${tag}`}`;
const isNullable = ({ nullable }: Field, version: number): boolean =>
  nullable !== undefined && includes(nullable, version);
const structIn = (type: Type): Fields | undefined =>
  typeof type === 'string' ? undefined : 'fields' in type ? type.fields : structIn(type.each);
const typeName = (type: Type): string =>
  typeof type === 'string' ? type : 'fields' in type ? 'struct' : `${typeName(type.each)}[]`;

describe.each([...APIS.values()].map((api) => [api.name, api] as const))(
  '%s',
  (name, { key, versions, flexible, ...api }) => {
    const request = messageOf(`${name}Request`);

    it('has the key and the versions of Kafka, and is flexible in the same ones', () => {
      const [first, last] = rangeOf(request.validVersions);
      expect({ key, versions, flexible }).toEqual({
        key: request.apiKey,
        versions: [first, request.latestVersionUnstable ? last - 1 : last],
        flexible: rangeOf(request.flexibleVersions)[0],
      });
    });

    it.each([
      ['requests', api.request, request],
      ['responses', api.response, messageOf(`${name}Response`)],
    ] as const)('describes its %s as Kafka does, in each version', (_, { fields }, described) => {
      for (let version = versions[0]; version <= versions[1]; version++)
        expect(ours(fields, version), `version ${version}`).toEqual(theirs(described, version));
    });
  },
);

import type { Dto } from '@fourfold/contracts/contract';
import { Int32MapOf, ListOf, MapMaxSize, MapOf } from '@fourfold/contracts/collections';
import { Bytes, EnumOf, Float, Nested, NestedList, OneOf, Timestamp } from '@fourfold/contracts/fields';
import { ServiceError } from '@fourfold/contracts/service-error';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { describe, expect, it } from 'vitest';
import { InputPipe } from './validation.ts';

class LineDto {
  @IsString() @MaxLength(20) id = '';
  @IsInt() quantity = 0;
}
class TreeDto {
  @Nested(() => TreeDto) @IsOptional() left?: TreeDto = undefined;
  @NestedList(() => TreeDto) leaves: TreeDto[] = [];
}
class PlainDto {
  @Type(() => LineDto) @ValidateNested({ each: true }) @IsArray() lines: LineDto[] = [];
}
class AnyDto {
  @NestedList(() => LineDto) @ArrayMaxSize(100) lines: LineDto[] = [];
  @NestedList(() => LineDto) others: LineDto[] = [];
  @ListOf(IsInt()) @ArrayMaxSize(20_000) many: number[] = [];
  @IsNumber({ maxDecimalPlaces: 2 }) price = 0;
  @Float() weight = 0;
  @Timestamp() @IsOptional() at?: Date = undefined;
  @Bytes() bytes: Buffer = Buffer.alloc(0);
  @EnumOf({ A: 'A', B: 'B' }) kind = 'A';
  @MapOf(Nested(() => LineDto)) byName: Record<string, LineDto> = {};
  @Int32MapOf(IsString()) @MapMaxSize(2) byNumber: Record<number, string> = {};
  @Nested(() => TreeDto) @IsOptional() tree?: TreeDto = undefined;
  @OneOf('second') @IsString() first?: string = undefined;
  @OneOf('first') @IsInt() second?: number = undefined;
}

const read = <T>(dto: Dto<T>, given: unknown): Promise<T> =>
  new InputPipe(dto).transform(given, { type: 'custom' }) as Promise<T>;
const refused = async (dto: Dto, given: unknown) => {
  const thrown: unknown = await read(dto, given).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ServiceError);
  return (thrown as ServiceError).details.violations!.map(({ path, rule }) => `${path} ${rule}`);
};
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** Fails the test when anything looks at it. */
const untouchable = new Proxy({}, { get: () => expect.unreachable(), ownKeys: () => expect.unreachable() });

describe('input', () => {
  it.each([
    ['300,000 empty lines', { lines: many(300_000, untouchable) }, 'lines arrayMaxSize'],
    ['a list that states no limit', { others: many(1001, untouchable) }, 'others arrayMaxSize'],
    ['a map', { byName: Object.fromEntries(many(1001, 0).map((_, n) => [`k${n}`, untouchable])) }, 'byName mapMaxSize'],
    [
      'a map that states its limit',
      { byNumber: { 1: untouchable, 2: untouchable, 3: untouchable } },
      'byNumber mapMaxSize',
    ],
  ])('is bounded before it is inspected: %s', async (_, given, violation) => {
    expect(await refused(AnyDto, given)).toEqual([violation]);
  });
  it('is bounded as a whole, since lists may be within lists', async () => {
    const leaves = many(100, { leaves: many(100, { leaves: [{}, {}] }) });
    expect(await refused(TreeDto, { leaves })).toEqual(['leaves[33].leaves maxValues']);
  });
  it('may be as large as its largest stated limit', async () => {
    expect((await read(AnyDto, { many: many(20_000, 1) })).many).toHaveLength(20_000);
    expect(await refused(AnyDto, { many: many(20_001, 1) })).toEqual(['many arrayMaxSize']);
  });
  it('that is too large is refused in the words of its DTO', async () => {
    class WordyDto {
      @IsString({ each: true })
      @ArrayMaxSize(3, { message: '$property: $constraint1 at most' })
      names: string[] = [];
    }
    const thrown: unknown = await read(WordyDto, { names: many(4, 'n') }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ details: { violations: [{ path: 'names', message: 'names: 3 at most' }] } });
  });
  it.each([
    ['left', (inner: object) => ({ left: inner }), `${'left.'.repeat(32)}left maxDepth`],
    ['leaves', (inner: object) => ({ leaves: [inner] }), `${'leaves[0].'.repeat(16)}leaves maxDepth`],
  ])('that nests its own kind is bounded in depth: %s', async (_, wrap, violation) => {
    let deep = {};
    for (let depth = 0; depth < 5000; depth++) deep = wrap(deep);
    expect(await refused(TreeDto, deep)).toEqual([violation]);
  });
  it('has no lists within lists, whichever decorators describe it', async () => {
    expect(await refused(PlainDto, { lines: [[{}]] })).toEqual(['lines[0] isNotArray']);
    expect(await refused(AnyDto, { lines: [[{}]] })).toEqual(['lines[0] isNotArray']);
    expect(await refused(AnyDto, { tree: [{}] })).toEqual(['tree isObject']);
    expect(await refused(AnyDto, [])).toEqual([' isObject']);
  });
  it.each([
    ['{"weight":1e400}', 'weight isFinite'],
    ['{"many":[-1e400]}', 'many[0] isFinite'],
    ['{"price":6e-323}', 'price isNumber'], // class-validator 0.15.1 throws a TypeError
    ['{"price":1e-7}', 'price isNumber'],
    ['{"price":0.001}', 'price isNumber'],
  ])('has no numbers out of bounds: %s', async (json, violation) => {
    expect(await refused(AnyDto, JSON.parse(json))).toEqual([violation]);
  });
  it('keeps names that JavaScript gives a meaning', async () => {
    const given = JSON.parse(
      '{"__proto__":{"price":1},"constructor":5,"byName":{"constructor":{"id":"c"},"toString":{}}}',
    );
    const { price, byName } = await read(AnyDto, given);
    expect(price).toBe(0);
    expect(Object.keys(byName)).toEqual(['constructor', 'toString']);
    expect(byName['constructor']).toBeInstanceOf(LineDto);
  });
  it('is accepted or refused as invalid, whatever JSON it is', async () => {
    const next = randomOf(20261126);
    const outcomes: Record<string, string[]> = {};
    for (let round = 0; round < 3000; round++) {
      const json = JSON.stringify(anything(next, 0));
      const outcome = await read(AnyDto, JSON.parse(json)).then(
        () => 'accepted',
        (thrown: ServiceError) => thrown.reason ?? String(thrown),
      );
      (outcomes[outcome] ??= []).push(json);
    }
    const { accepted, INVALID_INPUT: refusals, ...others } = outcomes;
    expect(others).toEqual({});
    expect(Math.min(accepted!.length, refusals!.length)).toBeGreaterThan(100);
  });
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const FIELDS = [...Object.keys(new AnyDto()), ...Object.keys(new LineDto()), ...Object.keys(new TreeDto())];
const KEYS = [
  ...FIELDS,
  'by_name',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '1',
  '',
  'length',
  'then',
];
const VALUES = [
  '',
  'A',
  'NaN',
  '-Infinity',
  '1',
  '1e400',
  'AAE=',
  '2026-02-30T00:00:00Z',
  '\ud800',
  null,
  true,
  0,
  -0,
  1.5,
];
const NUMBERS = [2 ** 53, 6e-323, 5e-324, 1.7e308, -1, 2 ** 31];
const SCALARS: unknown[] = [...VALUES, ...NUMBERS];

const anything = (next: () => number, depth: number): unknown => {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const size = Math.floor(next() * 4);
  if (depth > 0 && (next() < 0.5 || depth > 4)) return pick(SCALARS);
  if (depth > 0 && next() < 0.4) return Array.from({ length: size }, () => anything(next, depth + 1));
  return Object.fromEntries(Array.from({ length: size }, () => [pick(KEYS), anything(next, depth + 1)]));
};

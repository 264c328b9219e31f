import { plainToInstance } from 'class-transformer';
import { IsInt, IsString, validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { errorsWithin, Int32MapOf, ListOf, MapOf } from './collections.ts';
import { Bytes, Float, Nested } from './fields.ts';

class Part {
  @IsInt() count = 0;
}
class Collections {
  @ListOf(Float()) floats: number[] = [];
  @ListOf(Bytes()) blobs: Buffer[] = [];
  @MapOf(IsString()) labels: Record<string, string> = {};
  @MapOf(Nested(() => Part)) parts: Record<string, Part> = {};
  @Int32MapOf(IsString()) names: Record<number, string> = {};
}
const read = (given: object) => plainToInstance(Collections, given, { exposeDefaultValues: true });
const violated = (given: object) => {
  const collections = read(given);
  return validateSync(collections).flatMap(({ property }) => {
    const within = errorsWithin(collections[property as keyof Collections]);
    return within.length ? within.map((error) => `${property}/${error.property}`) : [property];
  });
};

describe('a collection', () => {
  it.each([
    [{}, []],
    [{ floats: ['NaN', '-Infinity', 1e300] }, []],
    [{ floats: [1, '1'] }, ['floats/1']],
    [{ floats: { 0: 1 } }, ['floats']],
    [{ blobs: ['AAE=', 'no base64!'] }, ['blobs/1']],
    [{ labels: { a: '', constructor: 'c' } }, []],
    [{ labels: { a: 1, b: '', c: {} } }, ['labels/a', 'labels/c']],
    [{ labels: ['a'] }, ['labels']],
    [{ parts: { a: { count: 1 }, b: { count: 'x' }, c: 5 } }, ['parts/b', 'parts/c']],
    [{ parts: { constructor: { count: 1, constructor: 5 } } }, []],
    [{ names: { 1: 'one', '-2147483648': 'least' } }, []],
    [{ names: { 2147483648: 'too large' } }, ['names']],
    [{ names: { '01': 'not as it is written' } }, ['names']],
  ])('%j breaks the rules of %j', (given, expected) => {
    expect(violated(given)).toEqual(expected);
  });
  it('is made of what its values are in code', () => {
    const { blobs, parts, floats } = read({ blobs: ['AAE='], parts: { a: { count: 1 } }, floats: ['Infinity', -0] });
    expect(blobs).toEqual([Buffer.from([0, 1])]);
    expect(parts['a']).toBeInstanceOf(Part);
    expect(floats).toEqual([Infinity, 0]);
  });
  it('loses the fields that its messages do not have', () => {
    const collections = read({ parts: { a: { count: 1, extra: 1 } } });
    validateSync(collections);
    expect(collections.parts['a']).toEqual({ count: 1 });
  });
});

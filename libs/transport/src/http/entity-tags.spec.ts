import { describe, expect, it } from 'vitest';
import { isListedStrongly, isListedWeakly, readEntityTags } from './entity-tags.ts';

const strong = (opaque: string) => ({ opaque, isWeak: false });
const weak = (opaque: string) => ({ opaque, isWeak: true });

describe('a list of entity tags', () => {
  it.each([
    ['*', '*'],
    [' * ', '*'],
    ['"v1"', [strong('"v1"')]],
    ['W/"v1"', [weak('"v1"')]],
    ['""', [strong('""')]],
    ['"a", W/"b","c"\t, "d"', [strong('"a"'), weak('"b"'), strong('"c"'), strong('"d"')]],
    ['"a,b", "c"', [strong('"a,b"'), strong('"c"')]],
    ['"a\\"', [strong('"a\\"')]],
    ['"\xe4"', [strong('"\xe4"')]],
    [', "a",, ,"b",', [strong('"a"'), strong('"b"')]],
    ['', []],
    [' , ', []],
  ])('is read: `%s`', (field, tags) => {
    expect(readEntityTags(field)).toEqual(tags);
  });

  it.each([
    'v1',
    "'v1'",
    '"v1',
    'v1"',
    'w/"v1"',
    'W/ "v1"',
    'W/v1',
    '"a" "b"',
    '"a""b"',
    '"a"; "b"',
    '*, "a"',
    '"a", *',
    '**',
    '"a b"',
    '"\x7f"',
    '"ā"',
  ])('is refused: `%s`', (field) => {
    expect(readEntityTags(field)).toBeUndefined();
  });

  it('is refused however long it is', () => {
    expect(readEntityTags(`${'"a", '.repeat(5000)}x`)).toBeUndefined();
    expect(readEntityTags(`${','.repeat(20_000)}x`)).toBeUndefined();
  });
});

describe('the comparison', () => {
  // RFC 9110, table 3
  it.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', 'W/"1"', false, true],
    ['"1"', '"1"', true, true],
    ['"1"', '*', true, true],
    ['"1"', '"2", "1"', true, true],
    ['"1"', '', false, false],
  ])('of %s with %s is %s strongly, %s weakly', (etag, field, strongly, weakly) => {
    const tags = readEntityTags(field)!;
    expect(isListedStrongly(etag, tags)).toBe(strongly);
    expect(isListedWeakly(etag, tags)).toBe(weakly);
  });
});

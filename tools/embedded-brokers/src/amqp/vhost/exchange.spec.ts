import { describe, expect, it } from 'vitest';
import { matches } from './exchange.ts';

describe('a topic pattern', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['*.b', 'a.b', true],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['*', '', false],
    ['a.#', 'a', true],
    ['a.#', 'a.b.c', true],
    ['#.c', 'a.b.c', true],
    ['#.c', 'c', true],
    ['#.c', 'c.d', false],
    ['a.#.c', 'a.c', true],
    ['a.#.c', 'a.b.b.c', true],
    ['#.b.#', 'a.b.c', true],
    ['#.b.#', 'a.c', false],
    ['#.a.#.b', 'a.c.a.b', true],
    ['*.#', '', false],
    ['*.#', 'a', true],
    ['a..b', 'a..b', true],
    ['a.*.b', 'a..b', true],
  ])('%s matches "%s": %s', (pattern, key, taken) => {
    const wordsOf = (text: string) => (text === '' ? [] : text.split('.'));
    expect(matches(wordsOf(pattern), wordsOf(key))).toBe(taken);
  });

  it('is matched in linear time', () => {
    const begin = performance.now();
    expect(matches('#.a.'.repeat(60).concat('b').split('.'), 'a.'.repeat(120).concat('c').split('.'))).toBe(false);
    expect(performance.now() - begin).toBeLessThan(2000); // exponential, it would take years
  });
});

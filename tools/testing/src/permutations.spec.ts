import { expect, it } from 'vitest';
import { permutations } from './permutations.ts';

it('gives every order, also of what is there twice', () => {
  expect(permutations([])).toEqual([[]]);
  expect(permutations(['a', 'b', 'c']).map((order) => order.join(''))).toEqual([
    'abc',
    'acb',
    'bac',
    'bca',
    'cab',
    'cba',
  ]);
  expect(permutations(['a', 'a'])).toEqual([
    ['a', 'a'],
    ['a', 'a'],
  ]);
});

import { expect, it } from 'vitest';
import { optionsOf } from './options.ts';

it('has a default for everything', () => {
  expect(optionsOf([])).toEqual({ seed: 1, faults: 24, orders: 10_000, rate: 25 });
});

it('takes what is asked for', () => {
  expect(optionsOf(['--seed=3', '--faults=2', '--orders=100', '--rate=5'])).toEqual({
    ...{ seed: 3, faults: 2, orders: 100, rate: 5 },
  });
  expect(optionsOf(['--minutes=3'])).toMatchObject({ minutes: 3 });
});

it.each([['--unknown=1'], ['--seed=one'], ['--seed=0'], ['--rate=1.5'], ['--minutes=3', '--faults=2'], ['3']])(
  'refuses %s',
  (...args) => {
    expect(() => optionsOf(args)).toThrow(TypeError);
  },
);

import { expect, it } from 'vitest';
import { wrongIn } from './check-migrations.ts';

const journal = (...whens: number[]) => ({
  entries: whens.map((when, idx) => ({ idx, when, tag: `000${idx}_change` })),
});

it('takes migrations that rise in time', () => {
  expect(wrongIn(journal())).toEqual([]);
  expect(wrongIn(journal(1, 2, 3))).toEqual([]);
});

it.each([
  ['older than', [10, 5, 20]],
  ['as old as', [10, 10, 20]],
])('names a migration that is %s the one before', (_, whens) => {
  expect(wrongIn(journal(...whens))).toEqual([expect.stringContaining('0001_change is not newer than 0000_change')]);
});

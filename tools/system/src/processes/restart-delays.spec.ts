import { expect, it } from 'vitest';
import { RestartDelays } from './restart-delays.ts';

it('doubles the delay of each restart up to 30 s, and begins anew once it has run for longer', () => {
  const delays = new RestartDelays();
  expect([0, 0, 0, 0, 0, 0, 0, 0, 29_000].map((lived) => delays.next(lived))).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
  expect([31_000, 0].map((lived) => delays.next(lived))).toEqual([500, 1000]);
});

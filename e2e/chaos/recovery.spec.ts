import { expect, it } from 'vitest';
import type { Fault } from './plan.ts';
import { overlaps, recoveryRows } from './recovery.ts';

const fault = (at: number, lasts: number): Fault => ({ at, kind: 'freeze', targets: ['kafka'], lasts });

it('knows which faults happen at the same time, or one right after the other', () => {
  const plan = [fault(10, 5), fault(12, 1), fault(30, 0), fault(40, 2)];
  expect(plan.map((one) => overlaps(one, plan))).toEqual([true, true, false, false]);
});

it('says the median and the longest recovery of each kind, alone and overlapping', () => {
  const rows = recoveryRows([
    { kind: 'kill', overlaps: false, took: 300 },
    { kind: 'kill', overlaps: false, took: 9100 },
    { kind: 'kill', overlaps: false, took: 1040 },
    { kind: 'silence', overlaps: true, took: Infinity },
  ]);
  expect(rows).toEqual([
    ['kill', '3', '1.0 s, 9.1 s', ''],
    ['silence', '1', '', 'never, never'],
  ]);
});

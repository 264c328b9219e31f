import { expect, it } from 'vitest';
import { APPS, endOf, type Fault, isServer, KINDS, planOf, SERVERS, wordsOf } from './plan.ts';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

it('is the same for the same seed, and another for another', () => {
  expect(planOf(7, 24)).toEqual(planOf(7, 24));
  expect(new Set(SEEDS.map((seed) => JSON.stringify(planOf(seed, 24)))).size).toBe(SEEDS.length);
});

it('begins in the same way however many faults are asked for', () => {
  for (const seed of SEEDS) expect(planOf(seed, 24).slice(0, 9)).toEqual(planOf(seed, 9));
});

it('has as many faults as are asked for, in order of time', () => {
  for (const seed of SEEDS) {
    const plan = planOf(seed, 24);
    expect(plan).toHaveLength(24);
    expect(plan).toEqual(plan.toSorted((one, other) => one.at - other.at));
  }
});

it('hits every app and server in every way before it does anything again', () => {
  const all = APPS.length + SERVERS.length;
  const seen = (plan: Fault[]) => new Set(plan.map(({ kind, targets }) => `${kind} ${targets[0]!.split(' ')[0]}`));
  for (const seed of SEEDS) expect(seen(planOf(seed, all * KINDS.length + 4)).size).toBe(all * KINDS.length);
});

it('freezes and silences for 5 to 40 s', () => {
  const long = SEEDS.flatMap((seed) => planOf(seed, 24)).filter(({ kind }) => kind === 'freeze' || kind === 'silence');
  expect(Math.min(...long.map(({ lasts }) => lasts))).toBe(5);
  expect(Math.max(...long.map(({ lasts }) => lasts))).toBe(40);
});

it('lets some faults overlap, but never two of the same process or server', () => {
  for (const seed of SEEDS) {
    const plan = planOf(seed, 24);
    const overlapping = plan.flatMap((one, at) =>
      plan
        .slice(at + 1)
        .filter((other) => other.at <= one.at + one.lasts)
        .map((other) => [one, other] as const),
    );
    expect(overlapping.length).toBeGreaterThan(0);
    for (const [one, other] of overlapping)
      expect(one.targets.filter((target) => other.targets.includes(target))).toEqual([]);
  }
});

it('hits one process of an app or both, and a server as a whole', () => {
  const targets = SEEDS.flatMap((seed) => planOf(seed, 24)).map((fault) => fault.targets.join());
  expect(new Set(targets)).toEqual(
    new Set([...APPS.flatMap((app) => [app, `${app} 2`, `${app},${app} 2`]), ...SERVERS]),
  );
  expect(isServer('kafka')).toBe(true);
  expect(isServer('orders')).toBe(false);
});

it('knows when it is over, and says itself in words', () => {
  const plan: Fault[] = [
    { at: 10, kind: 'freeze', targets: ['orders', 'orders 2'], lasts: 30 },
    { at: 12, kind: 'kill', targets: ['kafka'], lasts: 0 },
  ];
  expect(endOf(plan)).toBe(40);
  expect(plan.map(wordsOf)).toEqual(['freeze orders and orders 2 for 30 s', 'kill kafka']);
});

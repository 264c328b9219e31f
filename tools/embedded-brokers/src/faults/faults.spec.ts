import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Fault, type FaultKind, Faults, UNLUCKY } from './faults.ts';

const ALWAYS = Object.fromEntries(Object.keys(UNLUCKY).map((kind) => [kind, 1000]));

/** What happens at each opportunity; `places` in the order in which they have one. */
const decisions = (seed: number, places: string[], kind: FaultKind = 'amqp.confirm-lost') => {
  const faults = new Faults({ seed, profile: { [kind]: 300 } });
  const seen: Record<string, boolean[]> = {};
  for (const place of places) (seen[place] ??= []).push(faults.happens(kind, place));
  return seen;
};
const repeated = (count: number, ...places: string[]) => Array.from({ length: count }, () => places).flat();

describe('faults', () => {
  it('are the same for the same seed', () => {
    expect(decisions(7, repeated(200, 'a', 'b'))).toEqual(decisions(7, repeated(200, 'a', 'b')));
    expect(decisions(7, repeated(200, 'a'))).not.toEqual(decisions(8, repeated(200, 'a')));
  });

  it('at one place do not depend on what happens at another', () => {
    const together = decisions(7, repeated(100, 'a', 'b', 'b'));
    const apart = decisions(7, [...repeated(100, 'a'), ...repeated(200, 'b')]);
    expect(together).toEqual(apart);
    expect(together['a']).not.toEqual(together['b']!.slice(0, 100));
  });

  it('happen about as often as the profile says', () => {
    const happened = decisions(1, repeated(10_000, 'a'))['a']!.filter(Boolean).length;
    expect(happened).toBeGreaterThan(2800);
    expect(happened).toBeLessThan(3200);
  });

  it('are told, each with its place and the opportunity there', () => {
    const told: Fault[] = [];
    const faults = new Faults({ seed: 1, profile: ALWAYS, onFault: (fault) => told.push(fault) });
    faults.happens('kafka.not-leader', 'orders-0');
    faults.happens('kafka.not-leader', 'orders-0');
    expect(told).toEqual([1, 2].map((ordinal) => ({ kind: 'kafka.not-leader', place: 'orders-0', ordinal })));
  });

  it('delay by 1 to 100 ms, the same for the same seed', () => {
    const delays = () => {
      const faults = new Faults({ seed: 3, profile: ALWAYS });
      return Array.from({ length: 500 }, () => faults.delay('kafka.answer-delayed', 'Fetch'));
    };
    expect(Math.min(...delays())).toBe(1);
    expect(Math.max(...delays())).toBe(100);
    expect(delays()).toEqual(delays());
  });

  it('last up to half a second if they are a state, are told once, and leave half a second in between', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const told: Fault[] = [];
    const faults = new Faults({ seed: 2, profile: { 'kafka.not-leader': 500 }, onFault: (fault) => told.push(fault) });
    const lasting = () => faults.lasts('kafka.not-leader', 'orders-0');
    while (!lasting());
    expect(lasting()).toBe(true);
    expect(told).toHaveLength(1);
    vi.advanceTimersByTime(500);
    for (let n = 0; n < 20; n++) expect(lasting()).toBe(false);
    vi.advanceTimersByTime(500);
    for (let n = 0; n < 20; n++) lasting();
    expect(told).toHaveLength(2); // it was decided anew
    faults.end();
    expect(lasting()).toBe(false);
  });

  it('end, and begin again with another seed', () => {
    const faults = new Faults({ seed: 1, profile: ALWAYS });
    faults.end();
    expect(faults.happens('amqp.confirm-lost', 'q')).toBe(false);
    faults.begin(2);
    expect(faults.happens('amqp.confirm-lost', 'q')).toBe(true);
  });

  it('refuse a kind that is unknown, a rate beyond 1,000, and a seed that is no integer', () => {
    expect(() => new Faults({ seed: 1, profile: { 'amqp.typo': 1 } as never })).toThrow(
      'amqp.typo is unknown; there are',
    );
    expect(() => new Faults({ seed: 1, profile: { 'amqp.confirm-lost': 1001 } })).toThrow(
      'must be 0 to 1000, not 1001',
    );
    expect(() => new Faults({ seed: 1.5 })).toThrow('the seed must be an integer, not 1.5');
  });
});

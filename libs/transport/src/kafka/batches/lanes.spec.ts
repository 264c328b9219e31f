import { describe, expect, it } from 'vitest';
import { Slots } from '../../consumer/slots.ts';
import { Lanes } from './lanes.ts';

interface Item {
  key: string | null;
  name: string;
}
const items = (...names: string[]): Item[] => names.map((name) => ({ key: name[0]!, name }));

/** Lanes whose items end when the test says so. */
const lanesOf = (list: Item[], { slots = new Slots(64), drainTimeout = 10_000 } = {}) => {
  const running = new Map<string, PromiseWithResolvers<void>>();
  const lanes = new Lanes<Item>({
    slots,
    drainTimeout,
    keyOf: ({ key }) => key,
    handle: ({ name }) => {
      running.set(name, Promise.withResolvers<void>());
      return running.get(name)!.promise.finally(() => running.delete(name));
    },
  });
  lanes.add(list);
  const settle = async (name: string, how: 'resolve' | 'reject' = 'resolve') => {
    running.get(name)![how](new Error(name) as never);
    await expect.poll(() => running.has(name)).toBe(false);
    await new Promise(setImmediate);
  };
  return { lanes, running: () => [...running.keys()], end: settle };
};

describe('Lanes', () => {
  it('goes on with what is added later, in order per key', async () => {
    const { lanes, running, end } = lanesOf(items('a1', 'b1'));
    await end('b1');
    lanes.add(items('a2', 'b2'));
    expect(running()).toEqual(['a1', 'b2']);
    await end('b2');
    expect([lanes.done, lanes.size]).toEqual([0, 4]);
    await end('a1');
    await end('a2');
    expect([lanes.done, lanes.size]).toEqual([4, 0]);
    expect(await lanes.endsWithin(10)).toBe(true);
  });

  it('ends at once when there is nothing', async () => {
    expect(await lanesOf([]).lanes.endsWithin(10)).toBe(true);
  });

  it('handles keys side by side and one key in order', async () => {
    const { running, end, lanes } = lanesOf(items('a1', 'a2', 'b1'));
    expect(running()).toEqual(['a1', 'b1']);
    await end('a1');
    expect(running()).toEqual(['b1', 'a2']);
    await end('b1');
    await end('a2');
    expect(await lanes.endsWithin(10)).toBe(true);
    expect(lanes.done).toBe(3);
  });

  it('gives each item without key a lane of its own', () => {
    const list = [1, 2, 3].map((number) => ({ key: null, name: String(number) }));
    expect(lanesOf(list).running()).toHaveLength(3);
  });

  it('counts only what is done without a gap', async () => {
    const { lanes, end } = lanesOf(items('a1', 'b1', 'c1'));
    await end('b1');
    expect(lanes.done).toBe(0);
    await end('a1');
    expect(lanes.done).toBe(2);
  });

  it('shares its slots in turn', async () => {
    const slots = new Slots(2);
    const first = lanesOf(items('a1', 'b1', 'c1', 'd1'), { slots });
    const second = lanesOf(items('x1', 'y1'), { slots });
    expect([first.running(), second.running()]).toEqual([['a1', 'b1'], []]);
    await first.end('a1');
    await first.end('b1');
    expect([first.running(), second.running()]).toEqual([['c1'], ['x1']]);
  });

  it('passes a slot on that a stopped batch does not want', async () => {
    const slots = new Slots(1);
    const first = lanesOf(items('a1', 'b1'), { slots });
    const second = lanesOf(items('x1'), { slots });
    first.lanes.stop();
    await first.end('a1');
    expect(second.running()).toEqual(['x1']);
  });

  it('leaves no gap when it stops: what comes before something done is done too', async () => {
    const { lanes, end, running } = lanesOf(items('a1', 'a2', 'b1', 'a3'));
    await end('b1');
    lanes.stop();
    await end('a1');
    expect(running()).toEqual(['a2']);
    await end('a2');
    expect(running()).toEqual([]);
    expect(await lanes.endsWithin(10)).toBe(true);
    expect(lanes.done).toBe(3);
  });

  it('gives up what does not end in time, and begins nothing after', async () => {
    const { lanes, end, running } = lanesOf(items('a1', 'a2', 'b1'), { drainTimeout: 20 });
    await end('b1');
    lanes.stop();
    expect(await lanes.endsWithin(1000)).toBe(true);
    expect(lanes.done).toBe(0);
    await end('a1');
    expect(running()).toEqual([]);
  });

  it('stops at a failure, which stays undone with all of its key', async () => {
    const { lanes, end, running } = lanesOf(items('a1', 'b1', 'a2', 'b2'), { slots: new Slots(2) });
    await end('a1', 'reject');
    await end('b1');
    expect(running()).toEqual([]);
    expect(await lanes.endsWithin(10)).toBe(true);
    expect(lanes.done).toBe(0);
    expect(lanes.failure).toEqual(new Error('a1'));
  });
});

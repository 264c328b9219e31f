import type { KafkaMessage } from 'kafkajs';
import { beforeEach, describe, expect, it } from 'vitest';
import { ParkedPartition, type ParkedRecord } from './partition.ts';

let partition: ParkedPartition;
let begun: string[];
let running: Map<string, PromiseWithResolvers<void>>;
let committed: string[];
let records: Map<string, ParkedRecord>;

const nameOf = ({ value }: KafkaMessage) => value!.toString();
const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

/** `a1` is a record of key `a`; its offset is its place in the list, from `first` on. */
const recordsOf = (names: string[], { first = 0, headers = {} }: { first?: number; headers?: object } = {}) =>
  names.map((name, at) => ({
    key: Buffer.from(name[0]!),
    value: Buffer.from(name),
    offset: String(first + at),
    headers: { ce_id: name, ce_source: 'orders', 'x-retry-id': `retry-${name}`, ...headers },
  })) as unknown as KafkaMessage[];
const read = (names: string[], options?: { first?: number; headers?: object }) => {
  const messages = recordsOf(names, options);
  partition.read(messages, messages.at(-1)!.offset);
};
const end = async (name: string, { isHeld = false } = {}) => {
  records.get(name)!.isHeld = isHeld;
  running.get(name)!.resolve();
  await turns();
};

beforeEach(() => {
  begun = [];
  running = new Map();
  records = new Map();
  const commits: string[] = [];
  committed = commits;
  partition = new ParkedPartition({
    consume(record) {
      const name = nameOf(record.message);
      begun.push(name);
      records.set(name, record);
      running.set(name, Promise.withResolvers());
      record.signal.addEventListener('abort', () => running.get(name)!.reject(new Error('stopped')));
      return running.get(name)!.promise;
    },
    commit: async (offset) => void commits.push(offset),
  });
});

describe('the records of a retry topic', () => {
  it('are begun once all that was there is read; one after the other of a key', async () => {
    partition.load(0n, 3n);
    read(['a1', 'b1']);
    await turns();
    expect([begun, partition.isOpen]).toEqual([[], false]);
    read(['a2'], { first: 2 });
    await turns();
    expect([begun, partition.isOpen]).toEqual([['a1', 'b1'], true]);
    await end('a1');
    expect(begun).toEqual(['a1', 'b1', 'a2']);
  });

  it('keep their key waiting, from the moment that the first one is sent there', async () => {
    partition.load(0n, 0n);
    expect(partition.isWaiting('a')).toBe(false);
    const sent = Promise.withResolvers<void>();
    const parking = partition.park('retry-a1', 'a', () => sent.promise);
    expect(partition.isWaiting('a')).toBe(true);
    sent.resolve();
    await parking;
    read(['a1']);
    await turns();
    expect(partition.isWaiting('a')).toBe(true);
    await end('a1');
    expect(partition.isWaiting('a')).toBe(false);
  });

  it('do not keep their key waiting if they could not be sent', async () => {
    const refused = partition.park('retry-a1', 'a', () => Promise.reject(new Error('away')));
    await expect(refused).rejects.toThrow('away');
    expect(partition.isWaiting('a')).toBe(false);
  });

  it('wait for one of their key that is handled from the topic itself', async () => {
    partition.load(0n, 0n);
    const own = Promise.withResolvers<void>();
    const handling = partition.handle('a', () => own.promise);
    read(['a1']);
    await turns();
    expect(begun).toEqual([]);
    own.resolve();
    await handling;
    await turns();
    expect(begun).toEqual(['a1']);
  });

  it('are committed as far as there is no gap', async () => {
    partition.load(0n, 0n);
    read(['a1', 'b1', 'c1']);
    await turns();
    await end('b1');
    await expect.poll(() => committed).toEqual(['0']);
    await end('a1');
    await expect.poll(() => committed).toEqual(['0', '2']);
    await end('c1');
    await expect.poll(() => committed).toEqual(['0', '2', '3']);
  });

  it('are committed once that is possible, though nothing more comes', async () => {
    const commits: string[] = [];
    const failing = new ParkedPartition({
      consume: async () => {},
      async commit(offset) {
        commits.push(offset);
        if (commits.length === 1) throw new Error('NOT_COORDINATOR');
      },
    });
    failing.load(0n, 0n);
    failing.read(recordsOf(['a1']), '0');
    await expect.poll(() => commits).toEqual(['1', '1']);
    await failing.close();
  });

  it('stay there when the partition is no longer ours', async () => {
    partition.load(0n, 0n);
    read(['a1', 'a2']);
    await turns();
    await partition.close();
    expect([begun, committed]).toEqual([['a1'], []]);
    expect(partition.isWaiting('a')).toBe(true);
  });
});

describe('a dead letter that holds its key', () => {
  const hold = async () => {
    partition.load(0n, 0n);
    read(['a1', 'a2']);
    await turns();
    await end('a1', { isHeld: true });
    read(['a1'], { first: 2, headers: { 'x-held': 'true' } });
    await turns();
    expect(begun).toEqual(['a1']);
  };

  it('lets later records wait until it is redriven and done', async () => {
    await hold();
    read(['a1'], { first: 3, headers: { 'x-redriven-from': 'dead/0/0' } });
    await turns();
    expect(begun).toEqual(['a1', 'a1']);
    await end('a1');
    expect(begun).toEqual(['a1', 'a1', 'a2']);
    await end('a2');
    expect(partition.isWaiting('a')).toBe(false);
    await expect.poll(() => committed.at(-1)).toBe('4');
  });

  it('lets them go on when it is discarded', async () => {
    await hold();
    read(['a1'], { first: 3, headers: { 'x-discarded': 'dead/0/0' } });
    await turns();
    expect(begun).toEqual(['a1', 'a2']);
  });

  it('comes before those that wait for it also when all of it is read again', async () => {
    partition.load(0n, 3n);
    read(['a2', 'a3']);
    read(['a1'], { first: 2, headers: { 'x-held': 'true' } });
    await turns();
    expect([begun, partition.isWaiting('a')]).toEqual([[], true]);
  });

  it('that is discarded although nothing is held does no harm', async () => {
    partition.load(0n, 0n);
    read(['a1'], { headers: { 'x-discarded': 'dead/0/0' } });
    await turns();
    expect([begun, partition.isWaiting('a')]).toEqual([[], false]);
    await expect.poll(() => committed).toEqual(['1']);
  });
});

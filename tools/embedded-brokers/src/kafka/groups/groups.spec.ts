import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, type RawClient } from '../../../testing/kafka/raw-client.ts';
import { useBroker } from '../../../testing/kafka/use-broker.ts';

const running = useBroker({ sessionTimeout: { min: 1000 } });
const started: ChildProcess[] = [];
const clients: RawClient[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
});

interface Line {
  joined?: Record<string, number[]>;
  key?: string;
  value?: number;
}

const startConsumer = (topic: string) => {
  const script = join(import.meta.dirname, '../../../testing/kafka/consumer.ts');
  const args = ['--no-warnings', script, running.broker.brokers, 'g', topic];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const lines: Line[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Line));
  const assigned = () => lines.findLast(({ joined }) => joined)?.joined?.[topic]?.length ?? 0;
  return { child, lines, assigned };
};

const member = async (overrides = {}) => {
  const client = await connect(running.broker.brokers);
  clients.push(client);
  const settings = {
    groupId: 'g',
    sessionTimeout: 1000,
    rebalanceTimeout: 1000,
    groupProtocols: [{ name: 'range', metadata: Buffer.from('m') }],
    ...overrides,
  };
  return {
    client,
    join: (memberId = '') => client['joinGroup']!({ ...settings, memberId }),
    sync: (memberId: string, generationId: number, groupAssignment: unknown[] = []) =>
      client['syncGroup']!({ groupId: 'g', memberId, generationId, groupAssignment }),
    heartbeat: (memberId: string, groupGenerationId: number) =>
      client['heartbeat']!({ groupId: 'g', memberId, groupGenerationId }),
    leave: (memberId: string) => client['leaveGroup']!({ groupId: 'g', memberId }),
  };
};

describe('a consumer group', () => {
  it(
    'shares its partitions; when a consumer is killed, the others continue from its offsets',
    { timeout: 60_000 },
    async () => {
      const admin = running.kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 't', numPartitions: 6 }] });
      const consumers = [startConsumer('t'), startConsumer('t'), startConsumer('t')];
      await expect.poll(() => consumers.map(({ assigned }) => assigned())).toEqual([2, 2, 2]);
      const producer = running.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      const keys = Array.from({ length: 20 }, (_, n) => `key-${n}`);
      for (let round = 0; round < 50; round++) {
        await producer.send({ topic: 't', messages: keys.map((key) => ({ key, value: `${round}` })) });
        if (round === 20) consumers[0]!.child.kill('SIGKILL');
        await sleep(10);
      }
      const lines = () => consumers.flatMap((consumer) => consumer.lines);
      const unheard = () =>
        keys.flatMap((key) => {
          const heard = new Set(lines().flatMap((line) => (line.key === key ? [line.value] : [])));
          return Array.from({ length: 50 }, (_, round) => round).filter((round) => !heard.has(round));
        });
      await expect.poll(unheard).toEqual([]);
      for (const { lines: own } of consumers)
        for (const key of keys) {
          const order = own.flatMap((line) => (line.key === key ? [line.value!] : []));
          expect(order).toEqual(order.toSorted((one, other) => one - other));
        }
      await expect.poll(() => consumers.slice(1).map(({ assigned }) => assigned())).toEqual([3, 3]);
      const { groups } = await admin.describeGroups(['g']);
      expect(groups).toMatchObject([{ state: 'Stable', protocolType: 'consumer', members: [{}, {}] }]);
      await producer.disconnect();
      await admin.disconnect();
    },
  );

  it('removes a member that is silent for its session time-out', async () => {
    const one = await member({ sessionTimeout: 2000 });
    const { memberId, generationId } = await one.join();
    await one.sync(memberId, generationId);
    await sleep(1200);
    await one.heartbeat(memberId, generationId);
    await sleep(1200);
    await one.heartbeat(memberId, generationId);
    await sleep(2500);
    await expect(one.heartbeat(memberId, generationId)).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' });
  });

  it('continues without a member that does not join again within the rebalance time-out', async () => {
    const [one, two] = [await member({ sessionTimeout: 20_000 }), await member({ sessionTimeout: 20_000 })];
    const first = await one.join();
    await one.sync(first.memberId, first.generationId);
    const before = Date.now();
    const second = await two.join();
    expect(Date.now() - before).toBeGreaterThanOrEqual(900);
    expect(second).toMatchObject({ generationId: 2, leaderId: second.memberId });
    await expect(one.heartbeat(first.memberId, 2)).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' });
  });

  it('tells its members to join again, and refuses older generations', async () => {
    const [one, two] = [await member(), await member()];
    const first = await one.join();
    await one.sync(first.memberId, 1, [{ memberId: first.memberId, memberAssignment: Buffer.from('all') }]);
    const joining = two.join();
    await sleep(100);
    await expect(one.heartbeat(first.memberId, 1)).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
    const again = await one.join(first.memberId);
    const second = await joining;
    expect(again).toMatchObject({ generationId: 2, leaderId: first.memberId, members: [{}, {}] });
    expect(second.members).toEqual([]);
    const syncing = two.sync(second.memberId, 2);
    const assignments = [again, second].map(({ memberId }) => ({ memberId, memberAssignment: Buffer.from(memberId) }));
    await one.sync(first.memberId, 2, assignments);
    expect(`${(await syncing).memberAssignment}`).toBe(second.memberId);
    await expect(one.heartbeat(first.memberId, 1)).rejects.toMatchObject({ type: 'ILLEGAL_GENERATION' });
    await two.leave(second.memberId);
    await expect(one.heartbeat(first.memberId, 2)).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  });

  it('keeps its offsets until it is deleted, which is only possible when it is empty', async () => {
    const admin = running.kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 't', numPartitions: 2 }] });
    await admin.setOffsets({ groupId: 'g', topic: 't', partitions: [{ partition: 1, offset: '7' }] });
    const one = await member();
    const { memberId } = await one.join();
    await expect(admin.deleteGroups(['g'])).rejects.toMatchObject({ groups: [{ errorCode: 68 }] });
    await one.leave(memberId);
    expect(await admin.fetchOffsets({ groupId: 'g', topics: ['t'] })).toMatchObject([
      { partitions: [{ offset: '-1' }, { offset: '7' }] },
    ]);
    await admin.deleteGroups(['g']);
    expect((await admin.listGroups()).groups).toEqual([]);
    expect(await admin.fetchOffsets({ groupId: 'g', topics: ['t'] })).toMatchObject([
      { partitions: [{ offset: '-1' }, { offset: '-1' }] },
    ]);
    await admin.disconnect();
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchOf } from '../../testing/kafka/batch.ts';
import { ProtocolClient } from '../../testing/kafka/protocol-client.ts';
import { useBroker } from '../../testing/kafka/use-broker.ts';

const INTERNAL = '__consumer_offsets';
const BROKER = 4;

const running = useBroker();
let client: ProtocolClient;
beforeEach(async () => {
  client = await ProtocolClient.open(running.broker.brokers);
  await client.ask('CreateTopics', 7, { topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }] });
});
afterEach(() => client.close());

const produce = async (name: string, batch: Buffer) => {
  const topicData = [{ name, partitionData: [{ index: 0, records: [batch] }] }];
  const { responses } = await client.ask('Produce', 12, { acks: -1, topicData });
  return responses[0].partitionResponses[0].errorCode;
};
const commit = (groupId: string) => {
  const partitions = [{ partitionIndex: 0, committedOffset: 1n }];
  return client.ask('OffsetCommit', 8, { groupId, topics: [{ name: 't', partitions }] });
};

describe('the internal topic', () => {
  it('is there once a group was looked for; clients may not write to it', async () => {
    const topics = async () => (await client.ask('Metadata', 12, { topics: null })).topics;
    expect(await topics()).toMatchObject([{ name: 't', isInternal: false }]);
    await client.ask('FindCoordinator', 6, { coordinatorKeys: ['g'] });
    expect(await topics()).toMatchObject([{ name: 't' }, { name: INTERNAL, isInternal: true, partitions: [{}] }]);
    expect(await produce(INTERNAL, batchOf(['x', 1]))).toBe(17);
  });
});

describe('the broker', () => {
  it('shows its settings, and which of them it was started with', async () => {
    const configurationKeys = ['num.partitions', 'message.max.bytes', 'group.min.session.timeout.ms'];
    const resources = [{ resourceType: BROKER, resourceName: '1', configurationKeys }];
    const { results } = await client.ask('DescribeConfigs', 4, { resources });
    expect(results[0].configs).toMatchObject([
      { name: 'num.partitions', value: '3', configSource: 4, readOnly: true },
      { name: 'group.min.session.timeout.ms', value: '6000', configSource: 5, readOnly: true },
      { name: 'message.max.bytes', value: '1048588', configSource: 5, readOnly: false },
    ]);
  });

  it('shows how many bytes it keeps of each partition, and may keep', async () => {
    const batch = batchOf(['x', 1]);
    await produce('t', batch);
    const { results } = await client.ask('DescribeLogDirs', 5, { topics: null });
    expect(results).toMatchObject([
      { topics: [{ name: 't', partitions: [{ partitionIndex: 0, partitionSize: BigInt(batch.length) }] }] },
    ]);
    expect(results[0].totalBytes).toBe(256n * 1024n * 1024n);
    expect(results[0].usableBytes).toBeLessThan(results[0].totalBytes);
  });
});

describe('offsets', () => {
  it('are found by the largest timestamp', async () => {
    const partitions = [{ partitionIndex: 0, timestamp: -3n }];
    const find = async () => {
      const { topics } = await client.ask('ListOffsets', 7, { replicaId: -1, topics: [{ name: 't', partitions }] });
      return topics[0].partitions[0];
    };
    expect(await find()).toMatchObject({ errorCode: 0, offset: -1n, timestamp: -1n });
    await produce('t', batchOf(['a', 10], ['b', 30], ['c', 20]));
    await produce('t', batchOf(['d', 5]));
    expect(await find()).toMatchObject({ errorCode: 0, offset: 1n, timestamp: 30n });
  });

  it('are deleted from a group one by one', async () => {
    await commit('g');
    const partitions = [{ partitionIndex: 0 }];
    const deleted = await client.ask('OffsetDelete', 0, { groupId: 'g', topics: [{ name: 't', partitions }] });
    expect(deleted.topics[0].partitions).toEqual([{ partitionIndex: 0, errorCode: 0 }]);
    const { groups } = await client.ask('OffsetFetch', 8, { groups: [{ groupId: 'g' }] });
    expect(groups[0].topics).toEqual([]);
  });
});

describe('a session time-out', () => {
  it('of less than 6 s or more than 30 min is refused', async () => {
    const join = async (sessionTimeoutMs: number) =>
      (await client.ask('JoinGroup', 9, { groupId: 'g', sessionTimeoutMs, protocolType: 'consumer' })).errorCode;
    expect([await join(5999), await join(1_800_001)]).toEqual([26, 26]);
    expect([await join(6000), await join(1_800_000)]).not.toContain(26);
  });
});

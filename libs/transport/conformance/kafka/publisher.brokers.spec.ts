import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parcelDelivered } from '@fourfold/testing/parcels';
import { KafkaPublisher } from '../../src/kafka/publisher.ts';
import { brokersOrExplain, hearRaw, outgoing, rawKafka, uniquePrefix } from './service.fixture.ts';
import { ensureTopics } from '../../src/kafka/topology.ts';

const brokers = brokersOrExplain();
let prefix: string;
let publisher: KafkaPublisher;
beforeEach(() => {
  prefix = uniquePrefix();
  publisher = new KafkaPublisher({ brokers, prefix, source: 'parcels' });
});
afterEach(() => publisher.close());

const event = (parcelId: string, senderId = 'c-1') => outgoing(parcelDelivered, { parcelId, senderId });
const hearAll = async (count: number) => {
  const { heard, stop } = await hearRaw(`${prefix}parcels.v1`);
  await expect.poll(() => heard.length).toBe(count);
  await stop();
  return heard;
};

describe('KafkaPublisher', () => {
  it('publishes CloudEvents that any client can read', async () => {
    const message = event('p-1');
    await publisher.publish([message]);
    const [heard] = await hearAll(1);
    expect(heard!.key!.toString()).toBe('p-1');
    expect(JSON.parse(heard!.value!.toString())).toEqual({ parcelId: 'p-1', senderId: 'c-1' });
    expect(heard!.text).toEqual({
      ce_specversion: '1.0',
      ce_id: message.id,
      ce_type: 'parcels.v1.ParcelDelivered',
      ce_source: 'parcels',
      ce_time: message.createdAt.toISOString(),
      traceparent: message.metadata['traceparent'],
      'content-type': 'application/json',
    });
  });

  it('keeps the order of each key, over several calls at once', async () => {
    const calls = Array.from({ length: 20 }).map((_each, call) =>
      Array.from({ length: 30 }, (_, n) => event(`p-${n % 10}`, `${call * 3 + Math.floor(n / 10)}`)),
    );
    await Promise.all(calls.map((messages) => publisher.publish(messages)));
    const heard = await hearAll(600);
    for (let key = 0; key < 10; key++) {
      const own = heard.filter((message) => message.key!.toString() === `p-${key}`);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      const order = own.map(({ value }) => Number(JSON.parse(value!.toString()).senderId));
      expect(order).toEqual(Array.from({ length: 60 }, (_, n) => n));
    }
  });

  it('publishes more at once than Kafka takes in one batch', async () => {
    const text = 'x'.repeat(10_000);
    await publisher.publish(Array.from({ length: 300 }, () => event('p-1', text)));
    expect(await hearAll(300)).toHaveLength(300);
  });

  it('says of the message that Kafka refuses that it is refused for good, and only of that', async () => {
    await publisher.publish([event('p-0')]);
    const outcomes = await publisher.publish([event('p-1'), event('p-2', 'x'.repeat(2_000_000)), event('p-3')]);
    expect(outcomes).toMatchObject([
      undefined,
      { error: { code: 'RESOURCE_EXHAUSTED', reason: 'PAYLOAD_TOO_LARGE' }, isFinal: true },
      undefined,
    ]);
    const { heard, stop } = await hearRaw(`${prefix}parcels.v1`); // those beside the refused one may be there twice
    await expect
      .poll(() => [...new Set(heard.map(({ key }) => key!.toString()))].toSorted())
      .toEqual(['p-0', 'p-1', 'p-3']);
    await stop();
  });

  it.each([
    // kafkajs reports topics that cannot be created as one error without a type
    ['whose topic is invalid', { destination: 'not a topic' }, 'INVALID_TOPIC_EXCEPTION'],
    // a TypeError of the batch counted against every message in it
    ['that cannot be encoded', { metadata: { number: 7 as never } }, 'INVALID_RECORD'],
  ])('refuses one message %s, and publishes those beside it', async (_, wrong, reason) => {
    const outcomes = await publisher.publish([event('p-1'), { ...event('p-2'), ...wrong }, event('p-3')]);
    expect(outcomes).toMatchObject([undefined, { error: { reason }, isFinal: true }, undefined]);
    const heard = await hearAll(2);
    expect(heard.map(({ key }) => key!.toString()).toSorted()).toEqual(['p-1', 'p-3']);
  });

  it('says UNAVAILABLE while no broker is there, and works again when one is', async () => {
    const proxy = await TcpProxy.before(brokers[0]!);
    const other = new KafkaPublisher({ brokers: [proxy.address], prefix, source: 'parcels' });
    expect(await other.publish([event('p-1')])).toMatchObject([{ error: { code: 'UNAVAILABLE' }, isFinal: false }]);
    expect(other.isReady()).toBe(false);
    await proxy.open();
    await expect.poll(() => other.isReady()).toBe(true);
    await other.publish([event('p-1')]);
    expect(await hearAll(1)).toHaveLength(1);
    await other.close();
    await proxy.cut();
  });

  it('refuses commands', async () => {
    await expect(publisher.publish([{ ...event('p-1'), kind: 'command' }])).rejects.toThrow('is a command');
  });

  it('has nothing to do for nothing', async () => {
    expect(await publisher.publish([])).toEqual([]);
  });
});

describe('ensureTopics', () => {
  it('creates each topic once, however many services start', async () => {
    const admins = Array.from({ length: 5 }, () => rawKafka().admin());
    await Promise.all(admins.map((admin) => admin.connect()));
    const names = [`${prefix}a`, `${prefix}b`, `${prefix}a`];
    await Promise.all(admins.map((admin, n) => ensureTopics(admin, [...names, `${prefix}${n % 2}`])));
    await ensureTopics(admins[0]!, names);
    const { topics } = await admins[0]!.fetchTopicMetadata({ topics: [`${prefix}a`, `${prefix}0`, `${prefix}1`] });
    expect(topics.map(({ partitions }) => partitions.length)).toEqual([3, 3, 3]);
    await Promise.all(admins.map((admin) => admin.disconnect()));
  });
});

import { randomBytes } from 'node:crypto';
import { connect as connectTo } from 'node:net';
import { CompressionTypes, type KafkaMessage, type Message } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { kafkaOf } from '../../testing/kafka/client.ts';
import { apiNamed, ProtocolClient, requestOf } from '../../testing/kafka/protocol-client.ts';
import { connect } from '../../testing/kafka/raw-client.ts';
import { useBroker } from '../../testing/kafka/use-broker.ts';
import { startKafka } from './broker.ts';

const running = useBroker();

const createTopic = async (topic: string, numPartitions = 1, configs: Record<string, string> = {}) => {
  const admin = running.kafka.admin();
  await admin.connect();
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] });
  await admin.disconnect();
  return topic;
};
const send = async (topic: string, messages: Message[], options = {}) => {
  const producer = running.kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const sent = await producer.send({ topic, messages, ...options });
  await producer.disconnect();
  return sent;
};
const hear = async (topic: string, count: number, groupId = 'g') => {
  const consumer = running.kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const heard: (KafkaMessage & { partition: number })[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ partition, message }) => void heard.push({ partition, ...message }) });
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(count);
  await consumer.disconnect();
  return heard;
};
const bytesOf = (text: string) => ({ length: text.length, text });

describe('a broker', () => {
  it('logs that it is for development only, and is recognised by its cluster id', async () => {
    const admin = running.kafka.admin();
    await admin.connect();
    expect(await admin.describeCluster()).toMatchObject({ clusterId: 'fourfold-embedded', controller: 1 });
    await admin.disconnect();
    expect(running.log).toEqual([`Kafka at ${running.broker.brokers}: in memory, for development only`]);
  });

  it('does not start if its port is in use', async () => {
    await expect(startKafka({ port: running.broker.port })).rejects.toThrow('EADDRINUSE');
  });

  it('creates requested topics if autoCreateTopics is set', async () => {
    const broker = await startKafka({ autoCreateTopics: true, partitions: 2 });
    const producer = kafkaOf(broker.brokers).producer();
    await producer.connect();
    const [sent] = await producer.send({ topic: 'new', messages: [{ value: 'x' }] });
    expect(sent).toMatchObject({ topicName: 'new', errorCode: 0, baseOffset: '0' });
    await producer.disconnect();
    await broker.close();
  });
});

describe('messages', () => {
  it.each([
    ['none', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
  ])('are read as they were written, with compression %s', async (_, compression) => {
    const topic = await createTopic('t');
    const messages = [
      { key: 'ключ', value: '', headers: { one: '1', many: ['2', '3'] }, timestamp: '1700000000000' },
      { key: null, value: null, timestamp: '1700000001000' },
      { key: Buffer.from([0, 255]), value: randomBytes(100_000).toString('base64'), timestamp: '1700000000500' },
    ];
    const [sent] = await send(topic, messages, { compression });
    expect(sent).toMatchObject({ partition: 0, errorCode: 0, baseOffset: '0', logStartOffset: '0' });
    const heard = await hear(topic, 3);
    expect(heard.map(({ offset }) => offset)).toEqual(['0', '1', '2']);
    expect(heard.map(({ timestamp }) => timestamp)).toEqual(messages.map(({ timestamp }) => timestamp));
    expect(heard[0]!.headers).toEqual({ one: Buffer.from('1'), many: [Buffer.from('2'), Buffer.from('3')] });
    expect(heard[1]).toMatchObject({ key: null, value: null });
    expect(heard[2]!.key).toEqual(Buffer.from([0, 255]));
    expect(bytesOf(`${heard[2]!.value}`)).toEqual(bytesOf(messages[2]!.value as string));
  });

  it('keep their order per key, from several producers', async () => {
    const topic = await createTopic('t', 3);
    const keys = Array.from({ length: 10 }, (_, n) => `key-${n}`);
    const sendAll = async (key: string) => {
      for (let n = 0; n < 20; n++) await send(topic, [{ key, value: `${n}` }]);
    };
    await Promise.all(keys.slice(0, 4).map(sendAll));
    const heard = await hear(topic, 80);
    for (const key of keys.slice(0, 4)) {
      const own = heard.filter((message) => `${message.key}` === key);
      expect(own.map(({ value }) => Number(`${value}`))).toEqual(Array.from({ length: 20 }, (_, n) => n));
    }
  });

  it('carry the time of the broker with LogAppendTime', async () => {
    const topic = await createTopic('t', 1, { 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now();
    await send(topic, [{ value: 'x', timestamp: '1700000000000' }]);
    const [heard] = await hear(topic, 1); // kafkajs does not check the CRC, the Java client of the native spec does
    expect(Number(heard!.timestamp)).toBeGreaterThanOrEqual(before);
  });

  it('are refused above 1 MiB or with a wrong checksum', async () => {
    const topic = await createTopic('t');
    const tooLarge = send(topic, [{ value: randomBytes(1_100_000) }]);
    await expect(tooLarge).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    expect(await corruptProduce(running.broker.brokers, topic)).toBe(2);
  });

  it('are found by timestamp, also inside a compressed batch', async () => {
    const topic = await createTopic('t', 2);
    const at = (time: number) => ({ value: `${time}`, partition: 0, timestamp: `${1_700_000_000_000 + time}` });
    await send(topic, [at(10), at(20), at(30)]);
    await send(topic, [at(40), at(50), at(60)], { compression: CompressionTypes.GZIP });
    const admin = running.kafka.admin();
    await admin.connect();
    const find = async (time: number) => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, 1_700_000_000_000 + time);
      return found.find(({ partition }) => partition === 0)!.offset;
    };
    expect([await find(0), await find(15), await find(45), await find(60)]).toEqual(['0', '1', '4', '5']);
    await admin.disconnect();
  });

  it('sent twice by an idempotent producer are stored once', async () => {
    const topic = await createTopic('t');
    const client = await connect(running.broker.brokers);
    const { producerId } = await client['initProducerId']!({ transactionTimeout: 30_000 });
    const produce = (firstSequence: number, producerEpoch = 0) =>
      client['produce']!({
        producerId,
        producerEpoch,
        topicData: [
          { topic, partitions: [{ partition: 0, firstSequence, messages: [{ value: `${firstSequence}` }] }] },
        ],
      }).then(({ topics }) => topics[0].partitions[0].baseOffset);
    expect([await produce(0), await produce(1), await produce(0), await produce(2)]).toEqual(['0', '1', '0', '2']);
    await expect(produce(5)).rejects.toMatchObject({ type: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(await produce(0, 1)).toBe('3');
    await expect(produce(3, 0)).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' });
    await client.disconnect();
    expect(await hear(topic, 4)).toHaveLength(4);
  });
});

describe('a fetch', () => {
  const fetch = async (topic: string, limits: object, fetchOffset = '0') => {
    const client = await connect(running.broker.brokers);
    const partitions = [{ partition: 0, fetchOffset, maxBytes: 1 << 20, ...limits }];
    const started = Date.now();
    const { responses } = await client['fetch']!({ maxWaitTime: 5000, ...limits, topics: [{ topic, partitions }] });
    await client.disconnect();
    return { count: responses[0].partitions[0].messages.length, took: Date.now() - started };
  };

  it('waits for new messages, up to maxWaitTime', async () => {
    const topic = await createTopic('t');
    expect((await fetch(topic, { maxWaitTime: 300 })).took).toBeGreaterThanOrEqual(290);
    const waiting = fetch(topic, {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await send(topic, [{ value: 'x' }]);
    const { count, took } = await waiting;
    expect(count).toBe(1);
    expect(took).toBeLessThan(2000);
  });

  it('respects its limits, but returns at least one batch', async () => {
    const topic = await createTopic('t');
    for (let n = 0; n < 5; n++) await send(topic, [{ value: randomBytes(1000) }]);
    expect((await fetch(topic, { maxBytes: 10 })).count).toBe(1);
    expect((await fetch(topic, { maxBytes: 2500 }, '1')).count).toBe(2);
    expect((await fetch(topic, { minBytes: 100_000, maxWaitTime: 50 })).count).toBe(5);
  });
});

describe('a client that does not read', () => {
  it('gets no more answers than the socket buffers, and does not block others', async () => {
    const topic = await createTopic('t');
    await send(topic, [{ value: randomBytes(1_000_000) }]);
    const before = process.memoryUsage().arrayBuffers;
    const socket = connectTo(running.broker.port, '127.0.0.1').pause();
    const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 2 ** 30 }];
    const request = requestOf(apiNamed('Fetch'), 4, { maxBytes: 2 ** 30, topics: [{ topic, partitions }] });
    for (let n = 0; n < 200; n++) socket.write(request);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024);
    expect(await hear(topic, 1)).toHaveLength(1);
    socket.destroy();
  });
});

describe('memory', () => {
  it('stays within its limit: the largest partitions lose their oldest messages', async () => {
    const maxBytes = 2 * 1024 * 1024;
    const broker = await startKafka({ maxBytes });
    Object.assign(running, { broker, kafka: kafkaOf(broker.brokers) });
    await createTopic('large');
    await createTopic('small');
    await send('small', [{ value: 'stays' }]);
    for (let n = 0; n < 100; n++) await send('large', [{ value: randomBytes(50_000) }]);
    const admin = running.kafka.admin();
    await admin.connect();
    const [large] = await admin.fetchTopicOffsets('large');
    expect(Number(large!.low)).toBeGreaterThan(55);
    expect(large!.high).toBe('100');
    expect(await admin.fetchTopicOffsets('small')).toMatchObject([{ low: '0', high: '1' }]);
    await admin.disconnect();
    expect((await hear('large', 100 - Number(large!.low)))[0]!.offset).toBe(large!.low);
  });
});

describe('an unsupported feature', () => {
  it('is refused, and logged once per connection', async () => {
    const { kafka, log } = running;
    const producer = kafka.producer({ transactionalId: 'x', maxInFlightRequests: 1, idempotent: true });
    await expect(producer.connect().then(() => producer.transaction())).rejects.toMatchObject({
      type: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    });
    await producer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    const acls = { resourceType: 2, resourcePatternType: 3, operation: 1, permissionType: 1 };
    await expect(admin.describeAcls(acls as never)).rejects.toMatchObject({ type: 'SECURITY_DISABLED' });
    await expect(admin.describeAcls(acls as never)).rejects.toMatchObject({ type: 'SECURITY_DISABLED' });
    await admin.disconnect();
    expect(log.filter((line) => line.includes('not supported: ACLs'))).toHaveLength(1);
    expect(log.some((line) => line.includes('not supported: transactions'))).toBe(true);
  });
});

/** A batch with its last byte changed. */
async function corruptProduce(broker: string, topic: string): Promise<number> {
  const batch = Buffer.alloc(70);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  batch.writeInt32BE(1, 57);
  const client = await ProtocolClient.open(broker);
  const topicData = [{ name: topic, partitionData: [{ index: 0, records: [batch] }] }];
  const { responses } = await client.ask('Produce', 3, { acks: -1, topicData });
  client.close();
  return responses[0].partitionResponses[0].errorCode;
}

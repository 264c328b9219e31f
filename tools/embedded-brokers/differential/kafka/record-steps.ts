import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaAt } from '../../testing/kafka/raw-client.ts';
import { somePartition, someTopic, type Stage, type Step } from './stage.ts';

const HOUR = 3_600_000;
/** Timestamps of messages start here: the same for both brokers, and recent enough that a real one keeps its segment. */
const EPOCH = Math.floor(Date.now() / (24 * HOUR)) * 24 * HOUR - 24 * HOUR;
const GZIP = 1;

const message = ({ random }: Stage) => ({
  key: random.of([null, 'a', 'b', 'ключ']),
  value: random.of([null, '', 'short', 'ü'.repeat(random.below(300)), 'x'.repeat(random.below(5000))]),
  headers: random.of([{}, { one: '1' }, { one: '1', two: ['2', '3'] }]),
  timestamp: String(EPOCH + random.below(20) * 1000),
});

/** Replaces times of the broker's clock, which always differ. */
const timeOf = (timestamp: string): string => (Number(timestamp) > EPOCH + HOUR ? 'now' : timestamp);

/** The messages in a fetch response. Real brokers truncate the last batch, which clients ignore. */
const messagesOf = (response: any) =>
  response.responses.map(({ topicName, partitions }: any) => ({
    topicName,
    partitions: partitions.map(({ partition, errorCode, highWatermark, lastStartOffset, messages }: any) => ({
      ...{ partition, errorCode, highWatermark, lastStartOffset },
      messages: messages.map(({ offset, key, value, headers, timestamp }: any) => [
        ...[offset, key, value, Object.entries(headers)],
        timeOf(timestamp),
      ]),
    })),
  }));

/** Produces with a producer id: in sequence, out of sequence, or a duplicate. */
const inSequence: Step = (stage) => {
  const { random, client, producerIds } = stage;
  if (!producerIds.length || random.chance(20)) {
    const answer = async () => {
      const { errorCode, producerId, producerEpoch } = await client['initProducerId']!({ transactionTimeout: 30_000 });
      producerIds.push({ producerId, sequences: new Map() });
      return { errorCode, producerEpoch };
    };
    return { asked: 'a producer id', answer };
  }
  const { producerId, sequences } = random.of(producerIds);
  const topic = someTopic(stage);
  const partition = random.below(2);
  const place = `${topic}/${partition}`;
  const last = sequences.get(place) ?? { first: 0, count: 0 };
  const isSame = last.count > 0 && random.chance(30);
  const count = isSame ? last.count : 1 + random.below(3);
  const messages = Array.from({ length: count }, () => message(stage));
  const firstSequence = isSame ? last.first : Math.max(0, last.first + last.count + random.of([0, 0, 0, 0, 1, -1]));
  const producerEpoch = random.chance(8) ? 1 : 0;
  sequences.set(place, { first: firstSequence, count });
  const topicData = [{ topic, partitions: [{ partition, firstSequence, messages }] }];
  const answer = async () => {
    const answered = await client['produce']!({ topicData, producerId, producerEpoch });
    return JSON.parse(JSON.stringify(answered).replace(/("logAppendTime":")\d+/, '$1now'));
  };
  return { asked: { topic, partition, firstSequence, producerEpoch, count }, answer };
};

export const recordSteps: Record<string, Step> = {
  produce: (stage) => {
    const { random, client } = stage;
    const topic = someTopic(stage);
    const partition = somePartition(stage);
    const messages = random.list(5, () => message(stage));
    if (random.chance(4)) messages[0]!.value = 'x'.repeat(1_100_000);
    if (random.chance(4)) messages[0]!.timestamp = String(4_000_000_000_000);
    const acks = random.of([-1, -1, 1, 5]);
    const compression = random.of([0, 0, GZIP]);
    const topicData = [{ topic, partitions: [{ partition, firstSequence: 0, messages }] }];
    const shown = messages.map(({ value, timestamp }) => [value?.length, timestamp]);
    const answer = async () => {
      const answered = await client['produce']!({ topicData, acks, compression });
      return JSON.parse(JSON.stringify(answered).replace(/("logAppendTime":")\d+/, '$1now'));
    };
    return { asked: { topic, partition, acks, compression, shown }, answer };
  },

  produceWithoutAcks: (stage) => {
    const { random, client, topics } = stage;
    const topic = random.of([...topics.keys(), `${stage.prefix}nowhere`]);
    const messages = random.list(3, () => message(stage));
    const answer = async () => {
      if (!topics.has(topic)) return 'not sent: the connection would close';
      for (const each of messages) each.value = each.value && 'unheard';
      await client['produce']!({ topicData: [{ topic, partitions: [{ partition: 0, messages }] }], acks: 0 });
      await sleep(60);
      return messagesOf(await fetchAll(stage, topic, 0));
    };
    return { asked: { topic, count: messages.length }, answer };
  },

  produceInSequence: inSequence,
  produceOnInSequence: inSequence,

  fetch: (stage) => {
    const { random, client } = stage;
    const topic = someTopic(stage);
    const fetchOffset = String(random.below(12) - 1);
    const partitions = [{ partition: somePartition(stage), fetchOffset, maxBytes: random.of([1, 500, 3000, 1 << 20]) }];
    const limits = { maxBytes: random.of([1, 500, 1 << 20]), minBytes: random.of([0, 1, 100_000]) };
    const asked = { topics: [{ topic, partitions }], maxWaitTime: 30, ...limits };
    return { asked, answer: async () => messagesOf(await client['fetch']!(asked)) };
  },

  /** Has no limits, because kafkajs shuffles the partitions. */
  fetchAll: (stage) => {
    const topic = stage.random.of([...stage.topics.keys()]);
    const answer = async () => {
      if (!topic) return 'no topic';
      const indexes = Array.from({ length: stage.topics.get(topic)! }, (_, partition) => partition);
      const found = messagesOf(await fetchAll(stage, topic, ...indexes));
      const partitions = found.flatMap((each: any) => each.partitions);
      return partitions.toSorted((one: any, other: any) => one.partition - other.partition);
    };
    return { asked: topic, answer };
  },

  fetchWhileProduced: (stage) => {
    const { random, client, brokers, topics } = stage;
    const topic = [...topics.keys()][0];
    const value = 'y'.repeat(1 + random.below(500));
    const answer = async () => {
      if (!topic) return 'no topic';
      const producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
      await producer.connect();
      const [{ offset }] = (await stage.admin.fetchTopicOffsets(topic)).filter(
        ({ partition }) => partition === 0,
      ) as any;
      const partitions = [{ partition: 0, fetchOffset: offset, maxBytes: 1 << 20 }];
      const held = client['fetch']!({ topics: [{ topic, partitions }], maxWaitTime: 5000, minBytes: 1 });
      await sleep(30);
      await producer.send({ topic, messages: [{ partition: 0, value }] });
      const started = Date.now();
      const found = messagesOf(await held);
      await producer.disconnect();
      return { found, atOnce: Date.now() - started < 2000 };
    };
    return { asked: { topic, value }, answer };
  },

  listOffsets: (stage) => {
    const { random, client } = stage;
    const topics = random.list(2, (at) => ({
      topic: at ? `${stage.prefix}elsewhere` : someTopic(stage),
      partitions: random.list(3, (partition) => ({
        partition,
        timestamp: random.of([-1, -2, EPOCH + random.below(22) * 1000 - 500, EPOCH, 0, Date.UTC(2100, 1)]),
      })),
    }));
    const answer = async () => {
      const { responses } = await client['listOffsets']!({ replicaId: -1, isolationLevel: 0, topics });
      return responses
        .flatMap(({ topic, partitions }: any) => partitions.map((each: any) => ({ topic, ...each })))
        .map((each: any) => ({ ...each, timestamp: timeOf(each.timestamp) }))
        .toSorted((one: any, other: any) => one.topic.localeCompare(other.topic) || one.partition - other.partition);
    };
    return { asked: topics, answer };
  },

  offsetsByTime: (stage) => {
    const topic = someTopic(stage);
    const timestamp = EPOCH + stage.random.below(22) * 1000;
    const answer = async () => {
      const found = await stage.admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
      return found.toSorted((one, other) => one.partition - other.partition);
    };
    return { asked: { topic, timestamp }, answer };
  },

  deleteRecords: (stage) => {
    const { random, client } = stage;
    const topic = someTopic(stage);
    const partitions = [{ partition: somePartition(stage), offset: String(random.below(8) - 1) }];
    const answer = () => client['deleteRecords']!({ topics: [{ topic, partitions }] });
    return { asked: { topic, partitions }, answer };
  },
};

const fetchAll = ({ client }: Stage, topic: string, ...indexes: number[]): Promise<unknown> => {
  const partitions = indexes.map((partition) => ({ partition, fetchOffset: '0', maxBytes: 1 << 22 }));
  return client['fetch']!({ topics: [{ topic, partitions }], maxWaitTime: 30 });
};

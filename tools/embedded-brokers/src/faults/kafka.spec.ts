import kafkajs from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import { type KafkaBroker, startKafka } from '../kafka/broker.ts';
import { type Fault, type FaultKind, Faults, type Profile, UNLUCKY } from './faults.ts';

const MESSAGES = 60;
const TOPIC = 'events';
const KINDS = (Object.keys(UNLUCKY) as FaultKind[]).filter((kind) => kind.startsWith('kafka.'));

/** Of a thousand. There are few heartbeats; and kafkajs takes a session time-out to come back from a lost connection. */
const RATES: Profile = {
  'kafka.rebalance': 400,
  'kafka.session-expired': 200,
  'kafka.request-lost': 20,
  'kafka.answer-lost': 20,
};

/** Whether a producer must get a new id, which kafkajs leaves to its user. Resolves to nothing then. */
const isForgotten = (thrown: { type?: string }): undefined => {
  if (thrown.type !== 'UNKNOWN_PRODUCER_ID') throw thrown;
};

let broker: KafkaBroker;
afterEach(() => broker.close());

describe('over Kafka', () => {
  it.each(KINDS)(
    '%s: all that was sent is there once, in order, and is read',
    async (kind) => {
      const history: Fault[] = [];
      const faults = new Faults({
        seed: 1,
        profile: { [kind]: RATES[kind] ?? 60 },
        onFault: (fault) => history.push(fault),
      });
      faults.end();
      broker = await startKafka({ faults, autoCreateTopics: true, sessionTimeout: { min: 1000 } });
      const retry = { initialRetryTime: 5, maxRetryTime: 50, retries: 50 };
      const kafka = new kafkajs.Kafka({ brokers: [broker.brokers], retry, logLevel: kafkajs.logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }] });
      await admin.disconnect();

      faults.begin(1);
      const newProducer = async () => {
        const made = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
        await made.connect();
        return made;
      };
      const consumer = kafka.consumer({
        groupId: 'g',
        heartbeatInterval: 1,
        sessionTimeout: 1000,
        maxWaitTimeInMs: 20,
      });
      const seen: Record<number, bigint[]> = { 0: [], 1: [] };
      const numbers = new Set<number>();
      const all = Promise.withResolvers<void>();
      await consumer.connect();
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
      await consumer.run({
        autoCommitThreshold: 1,
        eachMessage: async ({ partition, message, heartbeat }) => {
          await heartbeat();
          seen[partition]!.push(BigInt(message.offset));
          numbers.add(Number(message.value));
          if (numbers.size === MESSAGES) all.resolve();
        },
      });
      let producer = await newProducer();
      for (let n = 0; n < MESSAGES; n++) {
        const send = () => producer.send({ topic: TOPIC, messages: [{ partition: n % 2, value: `${n}` }] });
        while (!(await send().catch(isForgotten))) {
          await producer.disconnect();
          producer = await newProducer();
        }
      }
      await all.promise;
      await producer.disconnect();
      await consumer.disconnect();

      expect(history.length).toBeGreaterThan(0);
      expect(history.every((fault) => fault.kind === kind)).toBe(true);
      for (const offsets of Object.values(seen)) {
        const first = offsets.filter((offset, at) => !offsets.slice(0, at).includes(offset)); // it may be read again
        expect(first).toEqual(Array.from({ length: MESSAGES / 2 }, (_, n) => BigInt(n)));
      }
    },
    30_000,
  );
});

import type { Kafka } from 'kafkajs';
import { afterEach, beforeEach } from 'vitest';
import { type KafkaBroker, type KafkaOptions, startKafka } from '../../src/kafka/broker.ts';
import { kafkaOf } from './client.ts';

export interface Running {
  broker: KafkaBroker;
  log: string[];
  kafka: Kafka;
}

/** Starts a new broker for each test. */
export function useBroker(options: KafkaOptions = {}): Running {
  const running = {} as Running;
  beforeEach(async () => {
    const log: string[] = [];
    const broker = await startKafka({ log: (line) => log.push(line), ...options });
    Object.assign(running, { broker, log, kafka: kafkaOf(broker.brokers) });
  });
  afterEach(() => running.broker.close());
  return running;
}

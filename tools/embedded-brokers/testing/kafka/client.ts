import { Kafka, logLevel } from 'kafkajs';

/** kafkajs without logs. */
export const kafkaOf = (brokers: string, clientId = 'spec'): Kafka =>
  new Kafka({
    brokers: [brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 50 },
  });

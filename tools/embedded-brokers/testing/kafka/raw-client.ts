import { Kafka, logLevel } from 'kafkajs';

/** kafkajs's own class for one connection: its calls are single requests, without retries. */
export interface RawClient {
  disconnect(): Promise<void>;
  [request: string]: (input?: unknown) => Promise<any>;
}

/** kafkajs without noise; few retries, as a refusal is a result like any other. */
export const kafkaAt = (brokers: string): Kafka =>
  new Kafka({ brokers: [brokers], clientId: 'script', logLevel: logLevel.NOTHING, retry: { retries: 1 } });

/** A connection of its own, as requests on one are answered one after the other. */
export async function connect(brokers: string): Promise<RawClient> {
  const kafka = kafkaAt(brokers);
  const createCluster = Object.getOwnPropertySymbols(kafka).find((symbol) => /createCluster/.test(String(symbol)))!;
  const cluster = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[createCluster]!({});
  await cluster.connect();
  return cluster.brokerPool.seedBroker;
}

interface Cluster {
  connect(): Promise<void>;
  brokerPool: { seedBroker: RawClient };
}

import { Kafka, logLevel } from 'kafkajs';

/** kafkajs's internal class for one connection: each call is a single request, without retries. */
export interface RawClient {
  disconnect(): Promise<void>;
  [request: string]: (input?: unknown) => Promise<any>;
}

/** kafkajs without logs and with few retries: in a script a refusal is a result. */
export const kafkaAt = (brokers: string): Kafka =>
  new Kafka({ brokers: [brokers], clientId: 'script', logLevel: logLevel.NOTHING, retry: { retries: 1 } });

/** Opens a connection of its own, since the requests of one connection are answered one after the other. */
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

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Faults } from '../faults/faults.ts';
import type { KafkaNode } from './api.ts';
import { serve } from './connection.ts';
import { Groups } from './groups/groups.ts';
import { brokerConfig, SESSION_TIMEOUT, type SessionTimeoutLimits } from './topics/broker-config.ts';
import { Topics } from './topics/topics.ts';

const NODE_ID = 1;
const MAX_BYTES = 256 * 1024 * 1024;

export interface KafkaOptions {
  /** The address to listen on; by default 127.0.0.1. */
  host?: string;
  /** By default 0: any free port. */
  port?: number;
  /** Receives each log line. */
  log?: (line: string) => void;
  /** Most bytes for messages, by default 256 MiB. Above it the largest partitions lose their oldest messages. */
  maxBytes?: number;
  autoCreateTopics?: boolean;
  /** Number of partitions for topics created without one; by default 3. */
  partitions?: number;
  /** Limits of what consumers may ask for; by default those of Kafka: 6 s to 30 min. */
  sessionTimeout?: Partial<SessionTimeoutLimits>;
  /** What goes wrong on purpose; by default nothing. */
  faults?: Faults;
}

export interface KafkaBroker {
  /** `127.0.0.1:9092` */
  brokers: string;
  port: number;
  /** Which groups have not committed the end of a partition, of the topics of which they have committed anything, in words. */
  readonly waiting: string[];
  close(): Promise<void>;
}

/** An in-memory Kafka node in this process, for development and tests: no replication, transactions, ACLs, TLS or disk. */
export async function startKafka({
  host = '127.0.0.1',
  port = 0,
  log = () => {},
  maxBytes = MAX_BYTES,
  autoCreateTopics = false,
  partitions = 3,
  sessionTimeout: limits,
  faults,
}: KafkaOptions = {}): Promise<KafkaBroker> {
  const topics = new Topics({ nodeId: NODE_ID, maxBytes, partitions });
  const sessionTimeout = { ...SESSION_TIMEOUT, ...limits };
  const groups = new Groups({ faults, sessionTimeout });
  const sockets = new Set<Socket>();
  let producerId = BigInt(Date.now()) * 1000n; // greater than any id of an earlier broker at this address
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const node: KafkaNode = {
    id: NODE_ID,
    host,
    port: address.port,
    topics,
    groups,
    autoCreateTopics,
    config: brokerConfig({
      nodeId: NODE_ID,
      address: `${host}:${address.port}`,
      autoCreateTopics,
      partitions,
      sessionTimeout,
    }),
    faults,
    newProducerId: () => producerId++,
  };
  server.on('connection', (socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    void serve(socket, node, (line) => log(`Kafka: ${line}`));
  });
  const brokers = `${host}:${address.port}`;
  log(`Kafka at ${brokers}: in memory, for development only`);
  return {
    brokers,
    port: address.port,
    get waiting() {
      return groups.waiting((topic) => topics.find(topic)?.partitions ?? []);
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      groups.close();
      topics.wakeAll();
      await once(server, 'close');
    },
  };
}

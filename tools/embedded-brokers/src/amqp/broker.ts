import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Faults } from '../faults/faults.ts';
import { Connection } from './connection/connection.ts';
import { Memory } from './vhost/memory.ts';
import { VirtualHost } from './vhost/vhost.ts';

export interface AmqpOptions {
  /** The address to listen on; by default 127.0.0.1. */
  host?: string;
  /** By default 0: any free port. */
  port?: number;
  /** Receives each log line. */
  log?: (line: string) => void;
  /** Most octets for messages, by default 256 MiB. Above it publishes get basic.nack, or 406 if confirms are off. */
  maxBytes?: number;
  /** What goes wrong on purpose; by default nothing. */
  faults?: Faults;
}

/** A connection, as RabbitMQ's management API shows it. */
export interface AmqpConnection {
  /** `127.0.0.1:50000 -> 127.0.0.1:5672` */
  readonly name: string;
  /** The client's name for it, if it gave one. */
  readonly clientName?: string;
  /** Closes it with 320 CONNECTION_FORCED and the reason. */
  forceClosed(reason: string): void;
}

export interface AmqpBroker {
  /** `amqp://127.0.0.1:<port>`. Any user and password is accepted; a virtual host is created when first opened. */
  url: string;
  port: number;
  /** The queues that hold messages, or whose messages are not acknowledged, in words. */
  readonly waiting: string[];
  /** The open ones. */
  readonly connections: readonly AmqpConnection[];
  /** Closes all connections (320 CONNECTION_FORCED) and forgets everything. */
  close(): Promise<void>;
}

const MAX_BYTES = 256 * 1024 * 1024;
/** Octets that a socket buffers in each direction before it applies back-pressure. */
const SOCKET_BUFFER = 256 * 1024;

/** An in-memory AMQP 0-9-1 broker in this process, for development and tests. */
export const startAmqp = async ({
  host = '127.0.0.1',
  port = 0,
  log = () => {},
  maxBytes = MAX_BYTES,
  faults,
}: AmqpOptions = {}): Promise<AmqpBroker> => {
  const memory = new Memory(maxBytes);
  const vhosts = new Map<string, VirtualHost>();
  const vhost = (name: string): VirtualHost => {
    const known = vhosts.get(name) ?? new VirtualHost(name, memory);
    vhosts.set(name, known);
    return known;
  };
  const connections = new Set<Connection>();
  const server = createServer({ highWaterMark: SOCKET_BUFFER }, (socket) => {
    const connection = new Connection(socket, { vhost, log, faults });
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const url = `amqp://${host}:${address.port}`;
  log(`AMQP 0-9-1 at ${url}: in memory, for development only`);
  return {
    url,
    port: address.port,
    get waiting() {
      const all = [...vhosts.values()].flatMap(({ queues }) => [...queues.values()]);
      return all.flatMap(({ waiting }) => waiting ?? []);
    },
    get connections() {
      return [...connections].filter(({ isOpen }) => isOpen);
    },
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const connection of connections)
        connection.forceClosed('broker forced connection closure with reason shutdown');
      await closed;
      for (const { queues } of vhosts.values()) for (const queue of queues.values()) queue.dispose();
    },
  };
};

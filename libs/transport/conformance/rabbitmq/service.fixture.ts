import { createServer, type Server, type Socket, connect as connectSocket } from 'node:net';
import type { INestApplication, Provider, Type } from '@nestjs/common';
import { freePorts } from '@fourfold/system/machine/free-ports';
import amqp, { type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { v7 as uuid } from 'uuid';
import { afterAll, vi } from 'vitest';
import { mountApplication } from '../application.ts';
import { RabbitMqServer, type RabbitMqServerOptions } from '../../src/rabbitmq/server.ts';

/** For specs over a real RabbitMQ. */
export const rabbitMqUrl = (): string => {
  const url = process.env['RABBITMQ_URL'];
  if (!url) throw new Error('RABBITMQ_URL is not set: these specs need a RabbitMQ');
  return url;
};

/** A prefix for the queues of one spec file; they are deleted at its end. */
export const ownQueues = (...queues: string[]): string => {
  const prefix = `spec-${uuid().slice(-8)}.`;
  afterAll(async () => {
    const { model, channel } = await raw();
    for (const queue of queues) {
      await channel.deleteQueue(prefix + queue);
      await channel.deleteQueue(`${prefix}${queue}.dead`);
    }
    await model.close();
  });
  return prefix;
};

/** A channel that is not ours. */
export const raw = async (url = rabbitMqUrl()): Promise<{ model: ChannelModel; channel: ConfirmChannel }> => {
  const model = await amqp.connect(url);
  model.on('error', () => {});
  const channel = await model.createConfirmChannel();
  channel.on('error', () => {});
  return { model, channel };
};

/** What was logged. */
export const logLines: string[] = [];
const keep = (line: unknown) => void logLines.push(String(line));

/** The next message of a queue, taken out of it. */
export const take = (channel: ConfirmChannel, queue: string): Promise<GetMessage> =>
  vi.waitFor(
    async () => {
      const message = await channel.get(queue, { noAck: true });
      if (!message) throw new Error(`${queue} is empty`);
      return message;
    },
    { timeout: 10_000, interval: 20 },
  );

/** An application with its handlers mounted, not listening yet. */
export const mount = async (
  controllers: Type[],
  options: Partial<RabbitMqServerOptions> = {},
  providers: Provider[] = [],
): Promise<{ app: INestApplication; server: RabbitMqServer }> => {
  const server = new RabbitMqServer({ url: rabbitMqUrl(), ...options });
  const logger = { log: keep, warn: keep, error: keep };
  const { app } = await mountApplication(controllers, [server], { providers, logger });
  return { app, server };
};

/** The same, listening. */
export const start = async (...args: Parameters<typeof mount>): ReturnType<typeof mount> => {
  const started = await mount(...args);
  await started.server.listen();
  return started;
};

/** A way to the broker that can be cut, and be opened again. */
export class Proxy {
  readonly url: string;
  private readonly sockets = new Set<Socket>();
  private server?: Server;

  private constructor(private readonly port: number) {
    const url = new URL(rabbitMqUrl());
    url.host = `127.0.0.1:${port}`;
    this.url = url.toString();
  }

  /** Closed at first. */
  static async create(): Promise<Proxy> {
    const [port] = await freePorts(1);
    return new Proxy(port!);
  }

  open(): Promise<void> {
    const { hostname, port } = new URL(rabbitMqUrl());
    this.server = createServer((client) => {
      const broker = connectSocket(Number(port || 5672), hostname);
      for (const [socket, other] of [
        [client, broker],
        [broker, client],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          other.destroy();
          this.sockets.delete(socket);
        });
        socket.pipe(other);
      }
    });
    const { server } = this;
    return new Promise((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
  }

  /** Drops every connection, and takes none until it is opened. */
  cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
    for (const socket of this.sockets) socket.destroy();
    return closed;
  }
}

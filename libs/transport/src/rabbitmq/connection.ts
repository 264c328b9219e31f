import { Logger } from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel, Options } from 'amqplib';
import { unavailable } from '../errors.ts';
import { observe } from '../observation.ts';
import { closeQuietly, ReconnectingChannel } from './channel.ts';
import { cancelExchangeOf, declareQueue, type QueueBinding } from './topology.ts';

export interface RabbitMqConnectionOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** Goes in front of every queue's name. */
  prefix?: string;
  /** What each new channel needs before it is used. */
  setUp?(channel: ConfirmChannel): Promise<void>;
  /** The connection is lost: nothing in flight gets an answer any more. */
  lost?(): void;
}

/** How every connection is made, a server's and a client's. The random part keeps many from coming back in one moment. */
export const socketOptions = () => ({
  heartbeatIntervalInSeconds: 5,
  reconnectTimeInSeconds: 0.5 + Math.random(),
  // two small writes in a row, as a reply and its ack are, would otherwise wait up to 40 ms for each other
  connectionOptions: { noDelay: true, timeout: 10_000 },
});

/** Observes when the broker is connected, lost, or cannot be reached; each once until it changes. */
export const observeConnection = (manager: AmqpConnectionManager, url: string): void => {
  const observed = { transport: 'rabbitmq', place: withoutPassword(url) } as const;
  let isDown = false;
  const down = (event: 'lost' | 'unreachable', error?: Error) => {
    if (!isDown) observe({ ...observed, event, error });
    isDown = true;
  };
  manager.on('connect', () => {
    observe({ ...observed, event: 'connected' });
    isDown = false;
  });
  manager.on('disconnect', ({ err }) => down('lost', err));
  manager.on('connectFailed', ({ err }) => down('unreachable', err));
  manager.on('blocked', ({ reason }) => observe({ ...observed, event: 'blocked', error: new Error(reason) }));
};

const withoutPassword = (url: string): string => {
  if (!URL.canParse(url)) return 'RabbitMQ (its URL is malformed)';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
};

/** Nest's RabbitMQ client as a connection: made when first used, kept up in the background, with one confirm channel. */
export class RabbitMqConnection extends ClientRMQ {
  protected override readonly logger = new Logger('rabbitmq');
  private reconnecting?: ReconnectingChannel;
  private wasOpen = false;
  private closed = false;
  private readonly declared = new Map<string, Promise<unknown>>();
  private readonly firstOpen = Promise.withResolvers<void>();

  constructor(private readonly settings: RabbitMqConnectionOptions) {
    super({ urls: [settings.url], socketOptions: socketOptions() });
    this.firstOpen.promise.catch(() => {}); // nobody may be waiting
  }

  /** Whether messages can be sent. Asking starts the connection, so that a service that has sent nothing yet becomes ready. */
  isReady(): boolean {
    this.start();
    return this.reconnecting?.current !== undefined;
  }

  /**
   * Resolves once there is a connection; fails at once when there was one and it is gone.
   * Nest's own never connects again after one failed attempt, and its `send` and `emit` store messages without limit meanwhile.
   */
  override async connect(): Promise<void> {
    if (this.closed) throw unavailable('the connection is closed');
    this.start();
    if (this.wasOpen && !this.reconnecting?.current) throw unavailable('the broker is not available');
    await this.firstOpen.promise;
  }

  /** Resolves once the broker has the message in its queue. */
  async sendToQueue(queue: string, content: Buffer, options: Options.Publish): Promise<void> {
    await this.connect();
    return this.reconnecting!.publish((this.settings.prefix ?? '') + queue, content, options);
  }

  /** Tells whoever handles a call that its caller does not wait any more; lost if there is no connection. */
  publishCancel(queue: string, correlationId: string): void {
    const { prefix = '' } = this.settings;
    const content = Buffer.alloc(0);
    this.reconnecting?.current?.publish(cancelExchangeOf(prefix), prefix + queue, content, { correlationId });
  }

  /** Sends a command: its queue is declared first, since the command may be sent before its service has ever run. */
  async sendCommand(queue: string, content: Buffer, options: Options.Publish): Promise<void> {
    await this.declare({ queue, mode: 'command' });
    await this.sendToQueue(queue, content, { ...options, persistent: true }).catch((thrown: unknown) => {
      this.declared.delete(queue); // it may have been deleted
      throw thrown;
    });
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.firstOpen.reject(unavailable('the connection is closed'));
    await this.reconnecting?.close();
    await closeQuietly(super.close());
  }

  private start(): void {
    if (this.client || this.closed) return;
    const manager: AmqpConnectionManager = (this.client = this.createClient());
    observeConnection(manager, this.settings.url);
    this.reconnecting = new ReconnectingChannel(manager, async (channel) => this.settings.setUp?.(channel), {
      open: () => {
        this.wasOpen = true;
        this.firstOpen.resolve();
      },
      lost: () => {
        this.declared.clear();
        this.settings.lost?.();
      },
      failed: (error) => this.logger.error(`cannot open a channel: ${error.message}`),
    });
  }

  private declare(binding: QueueBinding): Promise<unknown> {
    const known = this.declared.get(binding.queue);
    if (known) return known;
    const declaring = this.declareApart(binding);
    this.declared.set(binding.queue, declaring);
    declaring.catch(() => this.declared.delete(binding.queue));
    return declaring;
  }

  /** On a channel of its own: the broker answers a refused queue by closing the channel, with all that is in flight there. */
  private async declareApart(binding: QueueBinding): Promise<void> {
    await this.connect();
    const { connection } = this.client as AmqpConnectionManager;
    if (!connection) throw unavailable('the broker is not available');
    const channel = await connection.createChannel();
    channel.on('error', () => {}); // the declaration rejects with it
    await declareQueue(channel, binding, this.settings.prefix);
    await channel.close();
  }
}

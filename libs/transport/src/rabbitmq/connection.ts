import { Logger, type LoggerService } from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel, Options } from 'amqplib';
import { KeptChannel, leave, unavailable } from './channel.ts';
import { declareQueue, type QueueBinding } from './queues.ts';

export interface RabbitMqConnectionOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** Goes in front of every queue's name. */
  prefix?: string;
  /** What each new channel needs before it is used. */
  setUp?(channel: ConfirmChannel): Promise<void>;
  /** The connection was there and is gone: what is on its way has no answer any more. */
  lost?(): void;
}

/** How every connection is made, a server's and a client's. The random part keeps many from coming back in one moment. */
export const socketOptions = () => ({
  heartbeatIntervalInSeconds: 5,
  reconnectTimeInSeconds: 0.5 + Math.random(),
  // two small writes in a row, as a reply and its ack are, would otherwise wait up to 40 ms for each other
  connectionOptions: { noDelay: true, timeout: 10_000 },
});

/** One line when the broker is lost, or cannot be reached at first, and one when it is there. Either is tried again. */
export const reportConnection = (manager: AmqpConnectionManager, logger: LoggerService, url: string): void => {
  const place = withoutPassword(url);
  let isDown = false;
  const report = (what: string, error?: Error & { code?: string }) => {
    if (!isDown) logger.warn(`${what} ${place}: ${error?.message || error?.code || 'closed'}`);
    isDown = true;
  };
  manager.on('connect', () => {
    logger.log(`connected to ${place}`);
    isDown = false;
  });
  manager.on('disconnect', ({ err }) => report('lost the connection to', err));
  manager.on('connectFailed', ({ err }) => report('cannot connect to', err));
  manager.on('blocked', ({ reason }) => logger.warn(`${place} takes no messages for now: ${reason}`));
};

const withoutPassword = (url: string): string => {
  if (!URL.canParse(url)) return 'RabbitMQ (its URL is malformed)';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
};

/** Nest's RabbitMQ client as a connection: made when first used, kept up in the background, with one confirm channel. */
export class RabbitMqConnection extends ClientRMQ {
  protected override readonly logger = new Logger('RabbitMq');
  private kept?: KeptChannel;
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
    return this.kept?.current !== undefined;
  }

  /**
   * Resolves once there is a connection; fails at once when there was one and it is gone.
   * Nest's own fails for good after one failed attempt, and its `send` and `emit` keep messages without bound while down.
   */
  override async connect(): Promise<void> {
    if (this.closed) throw unavailable('the connection is closed');
    this.start();
    if (this.wasOpen && !this.kept?.current) throw unavailable('the broker is not available');
    await this.firstOpen.promise;
  }

  /** Resolves once the broker has the message in its queue. */
  async sendToQueue(queue: string, content: Buffer, options: Options.Publish): Promise<void> {
    await this.connect();
    return this.kept!.publish((this.settings.prefix ?? '') + queue, content, options);
  }

  /** Sends a command: its queue is declared first, since it may come before whoever handles it. */
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
    await this.kept?.close();
    await leave(super.close());
  }

  private start(): void {
    if (this.client || this.closed) return;
    const manager: AmqpConnectionManager = (this.client = this.createClient());
    reportConnection(manager, this.logger, this.settings.url);
    this.kept = new KeptChannel(manager, async (channel) => this.settings.setUp?.(channel), {
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

  /** On a channel of its own: the broker answers a refused queue by closing the channel, and all that is on its way there. */
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

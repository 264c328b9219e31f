import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Module,
} from '@nestjs/common';
import type { OutgoingMessage, Publisher } from '@fourfold/transport/transport';
import { Cleanup } from '@fourfold/messaging/cleanup';
import { IdempotentRequests } from '@fourfold/messaging/idempotent-requests';
import { Inbox } from '@fourfold/messaging/inbox';
import { Outbox, OUTBOX_CHANNEL } from '@fourfold/messaging/outbox';
import { Relay } from '@fourfold/messaging/relay';
import { currentMessage } from '@fourfold/transport/context';
import { propagate } from '@fourfold/transport/metadata';
import { withTimeLimit } from '@fourfold/transport/time';
import { BROKERS } from '@fourfold/transport/transports';
import { drizzle } from 'drizzle-orm/node-postgres';
import { ENVIRONMENT, type Environment, loadConfig, MessagingConfig, provideConfig, ServiceConfig } from '../config.ts';
import { Readiness } from '../health/readiness.ts';
import { Pool } from './database.ts';
import { DrizzleAdapter } from './drizzle.adapter.ts';
import { refuseEmbedded } from '../start/embedded.ts';
import { listenTo } from './listen.ts';
import { SERVICE_NAME } from '../start/service.module.ts';
import { Startup } from '../start/startup.ts';

type Kind = OutgoingMessage['kind'];
const OPTIONS = Symbol('options');

export interface MessagingOptions {
  /** The kinds of messages that this service sends. */
  publishes: Kind[];
  /** Whether later messages of a key wait for one that its broker refuses, until it is released: `pass`. */
  onDead?: 'pass' | 'hold';
}

/** Outbox, inbox and idempotent requests over the service's database. Commands go to RabbitMQ, events to Kafka. */
@Global()
@Module({})
export class MessagingModule implements BeforeApplicationShutdown {
  private relays: Relay[] = [];
  private publishers: Publisher[] = [];
  private unlisten?: () => Promise<void>;
  private readonly database: DrizzleAdapter;
  private readonly cleanup: Cleanup;
  private isStopped = false;

  static forRoot({ publishes, onDead = 'pass' }: MessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      providers: [
        { provide: OPTIONS, useValue: { publishes, onDead } },
        provideConfig(MessagingConfig),
        DrizzleAdapter,
        over(Inbox),
        over(IdempotentRequests),
        {
          provide: Outbox,
          inject: [DrizzleAdapter],
          useFactory: (database: DrizzleAdapter) =>
            new Outbox(database, (own) => propagate(currentMessage()?.metadata, own), publishes),
        },
      ],
      exports: [Outbox, Inbox, IdempotentRequests],
    };
  }

  constructor(
    private readonly pool: Pool,
    private readonly config: ServiceConfig,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    @Inject(OPTIONS) private readonly options: MessagingOptions,
    private readonly messaging: MessagingConfig,
    @Inject(SERVICE_NAME) private readonly service: string,
    startup: Startup,
    readiness: Readiness,
  ) {
    for (const kind of options.publishes) this.addressOf(kind); // throws if it is not set
    this.database = new DrizzleAdapter(drizzle(pool.own)); // messages go on while requests wait for a connection
    this.cleanup = new Cleanup(this.database, {
      outbox: messaging.OUTBOX_RETENTION_MS,
      inbox: messaging.INBOX_RETENTION_MS,
      requests: messaging.IDEMPOTENCY_RETENTION_MS,
    });
    startup.add('outbox', () => this.start(options.publishes));
    if (options.publishes.length) readiness.watch('outbox', () => this.isRecent());
  }

  /** A batch that its broker does not confirm in time stays in the outbox. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    const stopped = Promise.all([this.cleanup.stop(), ...this.relays.map((relay) => relay.stop())]);
    await withTimeLimit(stopped, STOP_LIMIT).catch(() => {});
    await Promise.all(this.publishers.map((publisher) => publisher.close()));
    // what still waits for a database that does not answer ends with the pool
    await withTimeLimit(Promise.all([this.unlisten?.(), stopped]), STOP_LIMIT).catch(() => {});
  }

  private async start(kinds: Kind[]): Promise<void> {
    if (!this.isStopped) this.cleanup.start();
    if (!kinds.length) return;
    await Promise.all(kinds.map((kind) => refuseEmbedded(BROKERS[kind].name, this.environment)));
    this.publishers = await Promise.all(kinds.map((kind) => this.createPublisher(kind)));
    if (this.isStopped) return;
    this.relays = kinds.map(
      (kind, index) =>
        new Relay(this.database, { kind, publisher: this.publishers[index]!, onDead: this.options.onDead }),
    );
    this.unlisten = listenTo(this.pool.own, OUTBOX_CHANNEL, () => this.relays.forEach((relay) => relay.wake()));
    for (const relay of this.relays) relay.start();
  }

  /** Whether no message waits for longer than it may; or which one does. */
  private async isRecent(): Promise<true | string> {
    const ages = await Promise.all(this.relays.map((relay) => relay.age()));
    const longest = Math.max(0, ...ages);
    if (longest * 1000 < this.messaging.OUTBOX_MAX_AGE_MS) return true;
    const kind = this.options.publishes[ages.indexOf(longest)];
    return `the oldest ${kind} in the outbox waits for ${Math.round(longest)} s to be published`;
  }

  private createPublisher(kind: Kind): Promise<Publisher> {
    const { service: name, config } = this;
    return BROKERS[kind].createPublisher(this.addressOf(kind), { name, prefix: config.MESSAGING_PREFIX });
  }

  private addressOf(kind: Kind): object {
    return loadConfig<object>(BROKERS[kind].config, this.environment, `${this.service} publishes ${kind}s`);
  }
}

/** Provides what needs nothing but the database. */
const over = <T>(type: new (database: DrizzleAdapter) => T): FactoryProvider<T> => ({
  provide: type,
  inject: [DrizzleAdapter],
  useFactory: (database: DrizzleAdapter) => new type(database),
});

/** Milliseconds for the batches in progress at shutdown. */
const STOP_LIMIT = 500;

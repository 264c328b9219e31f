import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Module,
} from '@nestjs/common';
import type { OutgoingMessage, Publisher } from '@fourfold/transport/transport';
import { IdempotentRequests } from '@fourfold/messaging/idempotent-requests';
import { Inbox } from '@fourfold/messaging/inbox';
import { Outbox, OUTBOX_CHANNEL } from '@fourfold/messaging/outbox';
import { Relay } from '@fourfold/messaging/relay';
import { currentMessage } from '@fourfold/transport/context';
import { propagate } from '@fourfold/transport/metadata';
import { withTimeLimit } from '@fourfold/transport/time';
import { BROKERS } from '@fourfold/transport/transports';
import { ENVIRONMENT, type Environment, loadConfig, ServiceConfig } from '../config.ts';
import { Pool } from './database.ts';
import { DrizzleAdapter } from './drizzle.adapter.ts';
import { refuseEmbedded } from '../start/embedded.ts';
import { listenTo } from './listen.ts';
import { SERVICE_NAME } from '../start/service.module.ts';
import { Startup } from '../start/startup.ts';

type Kind = OutgoingMessage['kind'];
const KINDS = Symbol('kinds');

/** Outbox, inbox and idempotent requests over the service's database. Commands go to RabbitMQ, events to Kafka. */
@Global()
@Module({})
export class MessagingModule implements BeforeApplicationShutdown {
  private relays: Relay[] = [];
  private publishers: Publisher[] = [];
  private unlisten?: () => Promise<void>;
  private isStopped = false;

  /** `publishes` names the kinds of messages that this service sends. */
  static forRoot({ publishes }: { publishes: Kind[] }): DynamicModule {
    return {
      module: MessagingModule,
      providers: [
        { provide: KINDS, useValue: publishes },
        DrizzleAdapter,
        over(Inbox),
        over(IdempotentRequests),
        {
          provide: Outbox,
          inject: [DrizzleAdapter],
          useFactory: (database: DrizzleAdapter) =>
            new Outbox(database, (own) => propagate(currentMessage()?.metadata, own)),
        },
      ],
      exports: [Outbox, Inbox, IdempotentRequests],
    };
  }

  constructor(
    private readonly pool: Pool,
    private readonly database: DrizzleAdapter,
    private readonly config: ServiceConfig,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    @Inject(KINDS) kinds: Kind[],
    @Inject(SERVICE_NAME) private readonly service: string,
    startup: Startup,
  ) {
    for (const kind of kinds) this.addressOf(kind); // throws if it is not set
    startup.add('outbox', () => this.start(kinds));
  }

  /** A batch that its broker does not confirm in time stays in the outbox. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    const stopped = Promise.all(this.relays.map((relay) => relay.stop()));
    await withTimeLimit(stopped, STOP_LIMIT).catch(() => {});
    await Promise.all([this.unlisten?.(), ...this.publishers.map((publisher) => publisher.close())]);
    await stopped;
  }

  private async start(kinds: Kind[]): Promise<void> {
    if (!kinds.length) return;
    await Promise.all(kinds.map((kind) => refuseEmbedded(BROKERS[kind].name, this.environment)));
    this.publishers = await Promise.all(kinds.map((kind) => this.createPublisher(kind)));
    if (this.isStopped) return;
    this.relays = kinds.map((kind, index) => new Relay(this.database, kind, this.publishers[index]!));
    this.unlisten = listenTo(this.pool, OUTBOX_CHANNEL, () => this.relays.forEach((relay) => relay.wake()));
    for (const relay of this.relays) relay.start();
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

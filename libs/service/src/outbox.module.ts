import { type BeforeApplicationShutdown, type DynamicModule, Global, Inject, Module } from '@nestjs/common';
import type { OutgoingMessage, Publisher } from '@fourfold/transport/transport';
import { Inbox } from '@fourfold/outbox/inbox';
import { listenTo } from '@fourfold/outbox/listen';
import { Outbox, OUTBOX_CHANNEL } from '@fourfold/outbox/outbox';
import { Relay } from '@fourfold/outbox/relay';
import { Requests } from '@fourfold/outbox/requests';
import { currentMessage } from '@fourfold/transport/context';
import { propagate } from '@fourfold/transport/metadata';
import { withTimeLimit } from '@fourfold/transport/time';
import { BROKERS } from '@fourfold/transport/transports';
import { ENVIRONMENT, type Environment, loadConfig, ServiceConfig } from './config.ts';
import { Database, Pool } from './database.ts';
import { refuseEmbedded } from './embedded.ts';
import { SERVICE_NAME } from './service.module.ts';
import { Startup } from './startup.ts';

type Kind = OutgoingMessage['kind'];
const KINDS = Symbol('kinds');

/** Outbox, inbox and requests over the service's database: commands leave by RabbitMQ, events by Kafka. */
@Global()
@Module({})
export class OutboxModule implements BeforeApplicationShutdown {
  private relays: Relay[] = [];
  private publishers: Publisher[] = [];
  private unlisten?: () => Promise<void>;
  private isStopped = false;

  /** `publishes` names the kinds that this service sends. */
  static forRoot({ publishes }: { publishes: Kind[] }): DynamicModule {
    return {
      module: OutboxModule,
      providers: [
        { provide: KINDS, useValue: publishes },
        {
          provide: Outbox,
          useFactory: () => new Outbox(() => propagate(currentMessage()?.metadata)),
        },
        Inbox,
        { provide: Requests, inject: [Database], useFactory: (database: Database) => new Requests(database) },
      ],
      exports: [Outbox, Inbox, Requests],
    };
  }

  constructor(
    private readonly pool: Pool,
    private readonly config: ServiceConfig,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    @Inject(KINDS) kinds: Kind[],
    @Inject(SERVICE_NAME) private readonly service: string,
    startup: Startup,
  ) {
    for (const kind of kinds) this.addressOf(kind); // throws if it is not set
    startup.add('outbox', () => this.start(kinds));
  }

  /** A batch that its broker does not take in time stays in the outbox. */
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
    this.relays = kinds.map((kind, index) => new Relay(this.pool, kind, this.publishers[index]!));
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

/** Milliseconds for the batches in progress at shutdown. */
const STOP_LIMIT = 500;

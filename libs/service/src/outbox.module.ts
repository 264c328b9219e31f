import { type BeforeApplicationShutdown, type DynamicModule, Global, Inject, Module } from '@nestjs/common';
import type { Publisher } from '@fourfold/transport/transport';
import { Inbox } from '@fourfold/outbox/inbox';
import { listenTo } from '@fourfold/outbox/listen';
import { Outbox, OUTBOX_CHANNEL } from '@fourfold/outbox/outbox';
import { Relay } from '@fourfold/outbox/relay';
import { Requests } from '@fourfold/outbox/requests';
import { continueTrace, currentCall } from '@fourfold/transport/context';
import { withTimeLimit } from '@fourfold/transport/time-limit';
import { required, ServiceConfig } from './config.ts';
import { Database, Pool } from './database.ts';
import { refuseEmbedded } from './embedded.ts';
import { SERVICE_NAME } from './service.module.ts';
import { Startup } from './startup.ts';

type Kind = 'command' | 'event';
type OwnedPublisher = Publisher & { close(): Promise<void> };
const KINDS = Symbol('kinds');

/** Outbox, inbox and requests over the service's database: commands leave by RabbitMQ, events by Kafka. */
@Global()
@Module({})
export class OutboxModule implements BeforeApplicationShutdown {
  private relays: Relay[] = [];
  private publishers: OwnedPublisher[] = [];
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
          useFactory: () => new Outbox(() => ({ traceparent: continueTrace(currentCall()?.traceparent) })),
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
    @Inject(KINDS) kinds: Kind[],
    @Inject(SERVICE_NAME) private readonly service: string,
    startup: Startup,
  ) {
    for (const kind of kinds) required(config, ADDRESS[kind], `${service} publishes ${kind}s`);
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
    await Promise.all(kinds.map((kind) => refuseEmbedded(BROKER[kind], this.config)));
    this.publishers = await Promise.all(kinds.map((kind) => CREATE[kind](this.config, this.service)));
    if (this.isStopped) return;
    this.relays = kinds.map((kind, index) => new Relay(this.pool, kind, this.publishers[index]!));
    this.unlisten = listenTo(this.pool, OUTBOX_CHANNEL, () => this.relays.forEach((relay) => relay.wake()));
    for (const relay of this.relays) relay.start();
  }
}

/** Milliseconds for the batches in hand at shutdown. */
const STOP_LIMIT = 500;

const BROKER = { command: 'rabbitmq', event: 'kafka' } as const;
const ADDRESS = { command: 'RABBITMQ_URL', event: 'KAFKA_BROKERS' } as const;

const CREATE: Record<Kind, (config: ServiceConfig, service: string) => Promise<OwnedPublisher>> = {
  async command({ RABBITMQ_URL, MESSAGING_PREFIX }) {
    const { RabbitMqPublisher } = await import('@fourfold/transport/rabbitmq/publisher');
    return new RabbitMqPublisher({ url: RABBITMQ_URL!, prefix: MESSAGING_PREFIX });
  },
  async event({ KAFKA_BROKERS, MESSAGING_PREFIX }, source) {
    const { KafkaPublisher } = await import('@fourfold/transport/kafka/publisher');
    return new KafkaPublisher({ brokers: KAFKA_BROKERS!.split(','), prefix: MESSAGING_PREFIX, source });
  },
};

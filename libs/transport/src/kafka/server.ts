import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplication, Logger } from '@nestjs/common';
import { KafkaContext, type MessageHandler, type ReadPacket, ServerKafka } from '@nestjs/microservices';
import type { Cluster, Consumer as GroupMember, Kafka, PartitionAssigner } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import { causeOf } from '../errors.ts';
import { observe } from '../observation.ts';
import { mountStrategy } from '../pipeline/application.ts';
import { answersOf } from '../pipeline/handle.ts';
import { readJson } from '../pipeline/json.ts';
import { backoff, withTimeLimit } from '../time.ts';
import type { Retries, Server } from '../transport.ts';
import { HEARTBEAT_INTERVAL } from './batches/partition.ts';
import { type KafkaConnection, kafkaConfig } from './connection.ts';
import { DeadLetters } from './dead-letters.ts';
import { type HandledRecord, Intake } from './intake.ts';
import { attributesOf } from './message.ts';
import { beforeJoining, type Member } from './join-group.ts';
import { assignTogether } from './parked/assigner.ts';
import { leaveGroup } from './leave-group.ts';
import { withAdmin } from './topology.ts';

export interface KafkaServerOptions extends KafkaConnection {
  /** The consumer group: the service's name. */
  group: string;
  /** Messages handled at once, over all partitions: 64. */
  concurrency?: number;
  /** How a message is tried again whose failure may pass. */
  retries?: Retries;
  /** Milliseconds that messages in flight get at shutdown and when partitions move: 10,000. */
  drainTimeout?: number;
}

type AssignerConfig = Parameters<PartitionAssigner>[0];

/** Milliseconds after which a silent member is out of its group: the least that brokers allow unless told (group.min.session.timeout.ms). */
const SESSION_TIMEOUT = 6000;
/** Milliseconds that the others get to join again when partitions move: longer than a drain. */
const REBALANCE_TIMEOUT = 15_000;
/** Milliseconds between attempts to join again, at most. */
const LONGEST_PAUSE = 500;
const MAX_POLL = 500;
/** Milliseconds that kafkajs gets to leave the group, after the drain. */
const LEAVE_TIMEOUT = 2000;
const logger = new Logger('kafka');

/**
 * Nest's Kafka server, routed by `ce_type` instead of by topic: one topic carries all events of an aggregate. Messages of
 * different keys are handled side by side, those of one key in order; only what is done is committed.
 */
export class KafkaServer extends ServerKafka implements Server {
  readonly transport = 'kafka';
  protected override logger = logger;
  private readonly settings: Required<Pick<KafkaServerOptions, 'brokers' | 'group' | 'prefix' | 'drainTimeout'>>;
  private readonly deadLetters: DeadLetters;
  private readonly intake: Intake;
  private life = new AbortController();
  private joining?: Promise<void>;
  private isServing = false;
  private lastHeartbeat = 0;
  /** Of the current consumer. */
  private cluster?: Cluster;
  /** What the group calls this member, since it joined. */
  private memberId?: string;
  /** As of its last heartbeat. */
  private member?: Member;

  constructor(options: KafkaServerOptions) {
    const { brokers, group, prefix = '', concurrency = 64, retries, drainTimeout = 10_000 } = options;
    super({
      client: kafkaConfig(options, group, logger) as never, // Nest's copies of kafkajs's types have enums of their own
      consumer: {
        groupId: prefix + group,
        sessionTimeout: SESSION_TIMEOUT,
        rebalanceTimeout: REBALANCE_TIMEOUT,
        heartbeatInterval: HEARTBEAT_INTERVAL,
        partitionAssigners: [
          (config: AssignerConfig) => {
            this.cluster = config.cluster;
            beforeJoining(config.cluster, {
              end: () => this.intake.release(),
              member: () => this.member,
              interval: HEARTBEAT_INTERVAL,
            });
            return assignTogether((topic) => this.intake.topicOf(topic))(config);
          },
        ] as never,
        maxWaitTimeInMs: MAX_POLL,
        allowAutoTopicCreation: false,
        // kafkajs restarts after some crashes only, and cannot be stopped while it does: rejoin() is for all of them
        retry: { restartOnFailure: async () => false },
      },
      postfixId: '',
      parser: { keepBinary: true },
      run: { partitionsConsumedConcurrently: concurrency },
    });
    this.settings = { brokers, group, prefix, drainTimeout };
    this.deadLetters = new DeadLetters(options, group);
    this.intake = new Intake({
      group,
      prefix,
      concurrency,
      drainTimeout,
      retries,
      handlers: this.messageHandlers,
      deadLetters: this.deadLetters,
      withAdmin: (work) => withAdmin(this.client as unknown as Kafka, work),
      run: (record) => this.run(record),
    });
  }

  mount(app: INestApplication): void {
    mountStrategy(app, this);
  }

  isReady(): boolean {
    return this.waitsFor() === undefined;
  }

  waitsFor(): string | undefined {
    if (!this.isServing) return `this member is not in group ${this.groupId}`;
    const isSilent = this.consumer && Date.now() - this.lastHeartbeat > SESSION_TIMEOUT;
    return isSilent ? 'Kafka does not answer' : this.intake.waitsFor();
  }

  /** Joins the group. Rejects with an error that names the brokers if that fails; may then be called again. */
  override async listen(): Promise<void> {
    this.life = new AbortController();
    this.intake.start();
    await this.join().catch((thrown: unknown) => {
      const where = this.settings.brokers.join(', ');
      throw new Error(`Kafka at ${where}: ${causeOf(thrown)}`, { cause: thrown });
    });
  }

  /** Nest chains the handlers of one event. The inbox that makes an effect happen once needs one. */
  override addHandler(type: string, handler: MessageHandler, isEvent = false, extras: Record<string, any> = {}): void {
    const earlier = this.messageHandlers.get(type);
    if (earlier) {
      const both = [earlier.extras, extras].map((each) => each?.handler ?? 'a handler').join(' and ');
      throw new TypeError(`${type} has two handlers over Kafka: ${both}`);
    }
    if (!extras.topic)
      throw new TypeError(
        `${type} names no topic: @EventPattern(type, Transport.KAFKA, { topic }), or name another transport`,
      );
    super.addHandler(type, handler, isEvent, extras);
  }

  /** Nest parses the pattern as JSON first, which costs an exception per message. */
  override getHandlerByPattern(type: string): MessageHandler | null {
    return this.messageHandlers.get(type) ?? null;
  }

  /** Nest subscribes to patterns, and handles one message of a partition at a time. */
  override async bindEvents(consumer: Pick<GroupMember, 'subscribe' | 'run'>): Promise<void> {
    await consumer.subscribe({ topics: this.intake.subscriptions(), fromBeginning: true });
    await consumer.run({
      ...(this.options.run as object),
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => (this.life.signal.aborted ? undefined : this.intake.receive(payload)),
    });
  }

  /** Nest takes a stream without a value for a failure. */
  override async handleEvent(type: string, { data }: ReadPacket, context: KafkaContext): Promise<void> {
    const handler = this.getHandlerByPattern(type)!;
    await this.runWithProcessingHooks(context, async (end) => {
      await lastValueFrom(answersOf(await handler(data, context)), { defaultValue: undefined });
      end();
    });
  }

  /** Receives nothing more, finishes and commits what is in flight, leaves the group. */
  async drain(): Promise<void> {
    const { drainTimeout } = this.settings;
    this.life.abort();
    this.isServing = false;
    await this.within(drainTimeout, this.joining); // kafkajs cannot be stopped while it joins
    await this.within(drainTimeout, this.intake.stop());
    await this.within(drainTimeout + LEAVE_TIMEOUT, this.consumer?.stop());
    this.memberId = undefined;
  }

  override async close(): Promise<void> {
    await this.drain();
    await this.within(LEAVE_TIMEOUT, this.consumer?.disconnect());
    await this.within(LEAVE_TIMEOUT, this.deadLetters.close());
    this.consumer = null;
    this.client = null;
  }

  private join(): Promise<void> {
    this.joining = this.connectAndRun(this.life.signal).finally(() => (this.joining = undefined));
    return this.joining;
  }

  private async connectAndRun(stopped: AbortSignal): Promise<void> {
    if (this.messageHandlers.size) {
      this.client ??= await this.createClient();
      await withAdmin(this.client as unknown as Kafka, (admin) => this.intake.ensureTopics(admin));
      const consumer = this.client!.consumer({ ...this.options.consumer, groupId: this.groupId });
      let crash: Error | undefined;
      this.member = undefined;
      consumer.on('consumer.group_join', ({ payload }) => {
        this.lastHeartbeat = Date.now();
        this.memberId = payload.memberId;
        this.intake.assign(payload.memberAssignment, (topic, partition, offset) =>
          consumer.commitOffsets([{ topic, partition, offset }]),
        );
      });
      consumer.on('consumer.heartbeat', ({ payload }) => {
        this.lastHeartbeat = Date.now();
        this.member = payload;
      });
      const lost = (error: Error) => {
        crash = error;
        if (this.isServing && this.consumer === consumer) void this.rejoin(error);
      };
      consumer.on('consumer.crash', ({ payload }) => lost(payload.error));
      consumer.on('consumer.network.request_timeout', () => {
        // kafkajs would ask again and again on the connection that does not answer
        void consumer.disconnect().catch(() => undefined);
        lost(new Error('it does not answer'));
      });
      this.consumer = consumer;
      this.registerConsumerEventListeners();
      try {
        await consumer.connect();
        await this.leaveAsBefore();
        await this.bindEvents(consumer as never);
        if (crash) throw crash; // run() resolves also where joining failed
        stopped.throwIfAborted();
      } catch (thrown) {
        await consumer.disconnect().catch(() => undefined);
        throw thrown;
      }
    }
    this.isServing = true;
  }

  /** After a crash the group still has this member under its former id, and would wait for it. */
  private async leaveAsBefore(): Promise<void> {
    if (!this.memberId || !this.cluster) return;
    await leaveGroup(this.cluster, this.groupId, this.memberId);
    this.memberId = undefined;
  }

  private async rejoin(crash: Error): Promise<void> {
    this.isServing = false;
    const { signal } = this.life;
    const observed = { transport: 'kafka', place: `Kafka (consumer group ${this.groupId})` } as const;
    for (let count = 1, cause = crash; !signal.aborted; count++) {
      observe({ ...observed, event: 'lost', error: cause });
      try {
        await sleep(Math.min(backoff(count), LONGEST_PAUSE), undefined, { signal });
        await this.join();
        return observe({ ...observed, event: 'connected' });
      } catch (thrown) {
        cause = thrown as Error;
      }
    }
  }

  private run({ message, topic, partition, heartbeat }: HandledRecord): Promise<void> {
    const { type = '' } = attributesOf(message.headers);
    const parsed = this.parser!.parse({ ...message, topic, partition });
    const context = new KafkaContext([parsed, partition, topic, this.consumer!, heartbeat, this.producer!]);
    const data = readJson(message.value ?? Buffer.alloc(0));
    return this.handleEvent(type, { pattern: type, data }, context);
  }

  /** Waits at most `ms` milliseconds, and logs if that was not enough. */
  private async within(ms: number, work?: Promise<unknown>): Promise<void> {
    if (work) await withTimeLimit(work, ms).catch((thrown: unknown) => logger.warn(`stopping: ${causeOf(thrown)}`));
  }
}

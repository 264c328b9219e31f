import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { KafkaContext, type MessageHandler, type ReadPacket, ServerKafka } from '@nestjs/microservices';
import type { Consumer, Kafka } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import { continueTrace } from '../context.ts';
import { unknownOperation } from '../errors.ts';
import { parseJson } from '../json.ts';
import { setEnvelope } from '../rpc-context.ts';
import { withTimeLimit } from '../time-limit.ts';
import { Batches, originOf, PULSE, type Received } from './batches.ts';
import { attributesOf } from './cloud-event.ts';
import { causeOf, type KafkaConnection, kafkaConfig } from './connection.ts';
import { DeadLetters } from './dead-letter.ts';
import { attempt, backoff } from '../retry.ts';
import { deadLetterTopic, ensureTopics, withAdmin } from './topics.ts';

export interface KafkaServerOptions extends KafkaConnection {
  /** The consumer group: the service's name. */
  group: string;
  /** Messages handled at once, over all partitions: 64. */
  concurrency?: number;
  /** How often a message is tried whose failure may pass, before it becomes a dead letter: 5. */
  attempts?: number;
  /** Milliseconds that messages in hand get at shutdown and when partitions move: 10,000. */
  drainTimeout?: number;
}

/** A member that was silent for so long is out of its group. */
const SESSION_TIMEOUT = 10_000;
const MAX_POLL = 500;
/** What kafkajs gets to leave the group, after the drain. */
const LEAVE_TIMEOUT = 2000;
const logger = new Logger('KafkaServer');

/**
 * Nest's Kafka server, routed by `ce_type` instead of by topic: one topic carries all events of an aggregate. Keys side
 * by side, one key in order; bounded retries, then the dead-letter topic; only what is done is committed.
 */
export class KafkaServer extends ServerKafka {
  /** How many messages of each type were passed over, because nothing here handles it. */
  readonly skipped = new Map<string, number>();
  protected override logger = logger;
  private readonly settings: Required<Omit<KafkaServerOptions, 'ssl' | 'sasl' | 'concurrency'>>;
  private readonly deadLetters: DeadLetters;
  private readonly batches: Batches;
  private life = new AbortController();
  private joining?: Promise<void>;
  private isServing = false;
  private lastSign = 0;

  constructor(options: KafkaServerOptions) {
    const { brokers, group, prefix = '', concurrency = 64, attempts = 5, drainTimeout = 10_000 } = options;
    super({
      client: kafkaConfig(options, group, logger) as never, // Nest's copies of kafkajs's types have enums of their own
      consumer: {
        groupId: prefix + group,
        sessionTimeout: SESSION_TIMEOUT,
        heartbeatInterval: PULSE,
        maxWaitTimeInMs: MAX_POLL,
        allowAutoTopicCreation: false,
        // kafkajs restarts after some crashes only, and cannot be stopped while it does: rejoin() is for all of them
        retry: { restartOnFailure: async () => false },
      },
      postfixId: '',
      parser: { keepBinary: true },
      run: { partitionsConsumedConcurrently: concurrency },
    });
    this.settings = { brokers, group, prefix, attempts, drainTimeout };
    this.deadLetters = new DeadLetters(options, group);
    this.batches = new Batches(concurrency, drainTimeout, (received) => this.settle(received));
  }

  /** Whether the group has this member, its brokers have answered it lately, and no dead letter waits to be written. */
  isReady(): boolean {
    return (
      this.isServing && !this.deadLetters.isStuck && (!this.consumer || Date.now() - this.lastSign < SESSION_TIMEOUT)
    );
  }

  /** Joins the group. Calls back with an error that names the brokers when that fails; may then be called again. */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    this.life = new AbortController();
    try {
      await this.join();
    } catch (thrown) {
      const where = this.settings.brokers.join(', ');
      return callback(new Error(`Kafka at ${where}: ${causeOf(thrown)}`, { cause: thrown }));
    }
    callback();
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

  /** Nest parses the pattern as JSON first, which costs an exception a message. */
  override getHandlerByPattern(type: string): MessageHandler | null {
    return this.messageHandlers.get(type) ?? null;
  }

  /** Nest subscribes to patterns, and handles one message of a partition at a time. */
  override async bindEvents(consumer: Pick<Consumer, 'subscribe' | 'run'>): Promise<void> {
    await consumer.subscribe({ topics: this.prefixed(this.topics()), fromBeginning: true });
    await consumer.run({
      ...(this.options.run as object),
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => (this.life.signal.aborted ? undefined : this.batches.handle(payload)),
    });
  }

  /** Nest takes a stream without a value for a failure. */
  override async handleEvent(type: string, { data }: ReadPacket, context: KafkaContext): Promise<void> {
    const handler = this.getHandlerByPattern(type)!;
    await this.runWithProcessingHooks(context, async (end) => {
      const result = await handler(data, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      end();
    });
  }

  /** Admits nothing more, ends and commits what is in hand, leaves the group. */
  async stopConsuming(): Promise<void> {
    const { drainTimeout } = this.settings;
    this.life.abort();
    this.isServing = false;
    await this.within(drainTimeout, this.joining); // kafkajs cannot be stopped while it joins
    this.batches.stop();
    await this.within(drainTimeout + LEAVE_TIMEOUT, this.consumer?.stop());
  }

  override async close(): Promise<void> {
    await this.stopConsuming();
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
    const topics = this.topics();
    if (topics.length) {
      this.client ??= await this.createClient();
      const withDead = topics.flatMap((topic) => [topic, deadLetterTopic(topic, this.settings.group)]);
      await withAdmin(this.client as unknown as Kafka, (admin) => ensureTopics(admin, this.prefixed(withDead)));
      const consumer = this.client!.consumer({ ...this.options.consumer, groupId: this.groupId });
      let crash: Error | undefined;
      consumer.on('consumer.group_join', () => void (this.lastSign = Date.now()));
      consumer.on('consumer.heartbeat', () => void (this.lastSign = Date.now()));
      consumer.on('consumer.crash', ({ payload }) => {
        crash = payload.error;
        if (this.isServing && this.consumer === consumer) void this.rejoin(crash);
      });
      this.consumer = consumer;
      this.registerConsumerEventListeners();
      try {
        await consumer.connect();
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

  private async rejoin(crash: Error): Promise<void> {
    this.isServing = false;
    const { signal } = this.life;
    for (let count = 1, cause = crash; !signal.aborted; count++) {
      logger.error(`the consumer of group ${this.groupId} is out, and joins again: ${causeOf(cause)}`);
      try {
        await sleep(backoff(count), undefined, { signal });
        await this.join();
        return logger.log(`the consumer of group ${this.groupId} is back`);
      } catch (thrown) {
        cause = thrown as Error;
      }
    }
  }

  /** What handlers hear, without prefix. */
  private topics(): string[] {
    return [...new Set([...this.messageHandlers.values()].map(({ extras }) => extras!.topic as string))];
  }

  private prefixed(topics: string[]): string[] {
    return topics.map((topic) => this.settings.prefix + topic);
  }

  /** Resolves when the message was handled, was passed over, or is in the dead-letter topic. */
  private async settle(received: Received): Promise<void> {
    const topic = received.topic.slice(this.settings.prefix.length);
    const { type } = attributesOf(received.message.headers);
    if (type && this.messageHandlers.get(type)?.extras!.topic === topic) {
      const { attempts } = this.settings;
      const failure = await attempt(() => this.handle(received), { attempts, signal: received.signal });
      if (failure) await this.deadLetters.add(topic, received, failure);
    } else if (type && !this.takesOperations(topic)) {
      this.skipped.set(type, (this.skipped.get(type) ?? 0) + 1);
      logger.debug(`${type} on ${received.topic} is nothing to this service`);
    } else await this.deadLetters.add(topic, received, { error: unknownOperation(type ?? ''), attempts: 0 });
  }

  private takesOperations(topic: string): boolean {
    return [...this.messageHandlers.values()].some(({ extras }) => extras!.topic === topic && extras!.operation);
  }

  private async handle({ message, topic, partition, heartbeat }: Received): Promise<void> {
    const { type, id, traceparent } = attributesOf(message.headers);
    const parsed = this.parser!.parse({ ...message, topic, partition });
    const context = new KafkaContext([parsed, partition, topic, this.consumer!, heartbeat, this.producer!]);
    setEnvelope(context, {
      name: type!,
      transport: 'kafka',
      traceparent: continueTrace(traceparent),
      idempotencyKey: id ?? originOf({ topic, partition, message }),
    });
    const data = parseJson(message.value?.toString() ?? '');
    await this.handleEvent(type!, { pattern: type!, data }, context);
  }

  /** Waits for so many milliseconds, and says so when that was not enough. */
  private async within(ms: number, work?: Promise<unknown>): Promise<void> {
    if (work) await withTimeLimit(work, ms).catch((thrown: unknown) => logger.warn(`stopping: ${causeOf(thrown)}`));
  }
}

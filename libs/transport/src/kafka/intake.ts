import { randomUUID } from 'node:crypto';
import type { MessageHandler } from '@nestjs/microservices';
import { deadLetterTopicOf, retryTopicOf } from '@fourfold/contracts/dead-letters';
import type { Admin, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type ConsumedMessage, Consumer } from '../consumer/consumer.ts';
import type { Retries } from '../transport.ts';
import { Slots } from '../consumer/slots.ts';
import { Partition, type ReceivedRecord } from './batches/partition.ts';
import type { DeadLetters } from './dead-letters.ts';
import { attemptsOf, attributesOf, messageOf, originOf, type Place } from './message.ts';
import { type Commit, Parked } from './parked/parked.ts';
import type { ParkedPartition, ParkedRecord } from './parked/partition.ts';
import { ensureSamePartitions, ensureTopics } from './topology.ts';

export interface IntakeOptions {
  group: string;
  prefix: string;
  concurrency: number;
  drainTimeout: number;
  retries?: Retries;
  /** By the type of the event, or the operation's name. */
  handlers: ReadonlyMap<string, MessageHandler>;
  deadLetters: DeadLetters;
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  /** Calls the handler of a record. */
  run(record: HandledRecord): Promise<void>;
}
export type HandledRecord = Omit<ReceivedRecord, 'signal' | 'stopping'>;

/** What a member of a group reads: each topic of its handlers, and beside it the retry topic of its group. */
export class Intake {
  private readonly consumer: Consumer;
  private readonly slots: Slots;
  private partitions = new Map<string, Partition>();
  private commit: Commit = async () => {};
  private readonly parked: Parked;
  private released: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: IntakeOptions) {
    const { group, prefix, concurrency, retries, handlers, withAdmin } = options;
    this.slots = new Slots(concurrency);
    this.parked = new Parked({
      retryTopicOf: (topic) => retryTopicOf(topic, group),
      groupId: prefix + group,
      withAdmin,
      consume: (record, topic, partition) => this.consumeParked(record, topic, partition),
    });
    this.consumer = new Consumer({
      retries,
      mayGiveBack: false,
      handlers,
      destinationOf: ({ extras }) => extras!.topic,
      isShared: (topic) => !this.takesOperations(topic),
    });
  }

  /** The topics of the handlers, in full. */
  topics(): string[] {
    const { handlers, prefix } = this.options;
    return [...new Set([...handlers.values()].map(({ extras }) => prefix + extras!.topic))];
  }

  /** All that the member subscribes to. */
  subscriptions(): string[] {
    return this.topics().flatMap((topic) => [topic, this.retryTopicOf(topic)]);
  }

  /** The topic of a retry topic; any other topic itself. */
  topicOf(topic: string): string {
    return this.topics().find((own) => this.retryTopicOf(own) === topic) ?? topic;
  }

  async ensureTopics(admin: Admin): Promise<void> {
    const topics = this.topics();
    const deadLetterTopics = topics.map((topic) => deadLetterTopicOf(topic, this.options.group));
    await ensureTopics(admin, [...topics, ...deadLetterTopics]);
    await ensureSamePartitions(
      admin,
      topics.map((topic) => [topic, this.retryTopicOf(topic)]),
    );
  }

  /** What messages wait for, in words; undefined if they are handled. */
  waitsFor(): string | undefined {
    return this.consumer.waitsFor();
  }

  start(): void {
    this.consumer.restart();
  }

  /** The group has given these partitions to this member. */
  assign(assignment: Record<string, number[]>, commit: Commit): void {
    void this.release();
    // a partition that had not ended may be another member's now, which may have come further
    const own: Commit = async (...place) => (this.commit === own ? commit(...place) : undefined);
    this.commit = own;
    this.parked.assign(this.topics(), assignment, own);
  }

  /** What waits stays with Kafka; resolves once what is being handled is done, and committed. */
  stop(): Promise<void> {
    this.consumer.stop();
    return this.release();
  }

  /**
   * The group is about to move partitions: begins nothing more of those that this member has. Resolves once what has begun, since
   * whenever, has ended and is committed, or has been given up.
   */
  async release(): Promise<void> {
    const partitions = [...this.partitions.values()];
    this.partitions = new Map();
    const closed = partitions.map((partition) => partition.close());
    this.released = Promise.all([this.released, this.parked.release(), ...closed]);
    await this.released;
  }

  /** A batch of a topic is handled; records of a retry topic are kept until they are due. */
  async receive(payload: EachBatchPayload): Promise<void> {
    const { batch, pause, resolveOffset } = payload;
    const topic = this.topicOf(batch.topic);
    const parked = this.parked.of(topic, batch.partition);
    if (!parked) throw new Error(`the retry topic of ${topic} has no partition ${batch.partition}`);
    if (topic !== batch.topic) {
      resolveOffset(batch.lastOffset());
      parked.read(batch.messages, batch.lastOffset());
      if (!parked.hasRoom) void parked.whenRoom().then(pause());
    } else if (parked.isOpen) await this.partitionOf(payload, parked).handle(payload, () => !!this.waitsFor());
    else void parked.whenOpen().then(pause());
  }

  private partitionOf({ batch, heartbeat }: EachBatchPayload, parked: ParkedPartition): Partition {
    const { topic, partition } = batch;
    const place = `${topic}/${partition}`;
    const { slots, commit } = this;
    const { drainTimeout } = this.options;
    const known =
      this.partitions.get(place) ??
      new Partition({
        slots,
        drainTimeout,
        commit: (offset) => commit(topic, partition, offset),
        handle: (message, signal, stopping) =>
          this.consume({ topic, partition, message, heartbeat, signal, stopping }, parked),
      });
    this.partitions.set(place, known);
    return known;
  }

  /** Resolves when the message was handled or skipped, or is in the retry or the dead-letter topic: it may then be committed. */
  private consume(record: ReceivedRecord, parked: ParkedPartition): Promise<void> {
    const key = record.message.key?.toString() ?? null;
    const park = (headers: Record<string, string>) => {
      const id = randomUUID();
      return parked.park(id, key, () => this.park(record, { ...headers, 'x-retry-id': id }));
    };
    const { signal, stopping } = record;
    const message = { ...this.consumed(record, originOf(record), park), signal, stopping, park };
    if (key !== null && parked.isWaiting(key)) return this.consumer.parkBehind(message);
    return parked.handle(key, () => this.consumer.consume(message));
  }

  private consumeParked(parked: ParkedRecord, topic: string, partition: number): Promise<void> {
    const { message, signal } = parked;
    const record = { topic, partition, message, heartbeat: async () => {} };
    const origin = message.headers?.['x-origin']?.toString() ?? originOf(record);
    const hold = async (headers: Record<string, string>) => {
      parked.isHeld = true;
      await this.park(record, headers);
    };
    return this.consumer.consume({ ...this.consumed(record, origin, hold), signal, attempts: attemptsOf(message) });
  }

  /** `hold` lets later records of the key wait for this one, which is a dead letter. */
  private consumed(
    record: HandledRecord,
    origin: string,
    hold: (headers: Record<string, string>) => Promise<void>,
  ): Omit<ConsumedMessage, 'signal' | 'park'> {
    const { message } = record;
    const destination = this.destinationOf(record);
    return {
      ...messageOf(record, origin),
      destination,
      origin,
      run: () => this.options.run(record),
      deadLetter: async (headers) => {
        const isHeld = message.key !== null && this.isHeldWhenDead(message);
        await this.options.deadLetters.add(destination, message, {
          ...headers,
          ...(isHeld && { 'x-on-dead': 'hold' }),
        });
        if (isHeld) await hold({ ...headers, 'x-held': 'true' });
      },
      acknowledge: () => {},
    };
  }

  private park(record: Place, headers: Record<string, string>): Promise<void> {
    return this.options.deadLetters.park(this.destinationOf(record), record.partition, record.message, headers);
  }

  private isHeldWhenDead({ headers }: KafkaMessage): boolean {
    const { type = '' } = attributesOf(headers);
    return this.options.handlers.get(type)?.extras?.['onDead'] === 'hold';
  }

  private destinationOf({ topic }: Pick<Place, 'topic'>): string {
    return topic.slice(this.options.prefix.length);
  }

  private retryTopicOf(topic: string): string {
    return retryTopicOf(topic, this.options.group);
  }

  private takesOperations(topic: string): boolean {
    return [...this.options.handlers.values()].some(({ extras }) => extras!.topic === topic && extras!.operation);
  }
}

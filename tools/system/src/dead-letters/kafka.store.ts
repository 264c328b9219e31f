import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Kafka, type KafkaMessage, type Message, type Producer } from 'kafkajs';
import { type DeadLetter, type DeadLetterStore, failureOf, withoutFailure } from './store.ts';

export interface KafkaOptions {
  /** `127.0.0.1:9092`, several separated by commas. */
  brokers: string;
  prefix: string;
}

const BATCH = 500;
const DEAD = /\.dead$/;

/** A record and where it is. */
interface Place {
  topic: string;
  partition: number;
  message: KafkaMessage;
}

/**
 * Dead letters in topics, which are logs: what is done with a letter is a further record, with the header `x-settled:
 * partition/offset`. A letter is redriven to its group alone, through the group's retry topic.
 */
export class KafkaStore implements DeadLetterStore {
  readonly name = 'Kafka';
  readonly #options: KafkaOptions;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #places = new Map<DeadLetter, Place>();
  #redriven?: Promise<Set<string | undefined>>;

  private constructor(options: KafkaOptions, kafka: Kafka, admin: Admin, producer: Producer) {
    this.#options = options;
    this.#kafka = kafka;
    this.#admin = admin;
    this.#producer = producer;
  }

  static async open(options: KafkaOptions): Promise<KafkaStore> {
    const kafka = new kafkajs.Kafka({
      brokers: options.brokers.split(','),
      clientId: 'dead-letters',
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 3 },
    });
    const admin = kafka.admin();
    await admin.connect();
    const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner });
    await producer.connect();
    return new KafkaStore(options, kafka, admin, producer);
  }

  async list(): Promise<DeadLetter[]> {
    const all = await this.#admin.listTopics();
    const topics = all.filter((name) => name.startsWith(this.#options.prefix) && DEAD.test(name));
    const records = await this.#read(topics);
    const settled = new Set(records.flatMap(({ topic, message }) => settledBy(topic, message)));
    const letters: DeadLetter[] = [];
    for (const place of records) {
      if (textOf(place.message, 'x-settled') || settled.has(idOf(place))) continue;
      const letter = letterOf(place);
      this.#places.set(letter, place);
      letters.push(letter);
    }
    return letters.toSorted(byOrigin);
  }

  /** Those that a killed run had published already are not published again. */
  async redrive(letters: readonly DeadLetter[]): Promise<void> {
    const redriven = await (this.#redriven ??= this.#redrivenBefore());
    for (let at = 0; at < letters.length; at += BATCH) {
      const batch = letters.slice(at, at + BATCH);
      await this.#send(
        batch
          .filter(({ id }) => !redriven.has(id))
          .map((letter) => [retryTopicOf(letter.place), this.#redrivenOf(letter)] as const),
      );
      await this.#settle(batch);
    }
  }

  async discard(letters: readonly DeadLetter[]): Promise<void> {
    // a letter that holds its key lets it go
    const held = letters.filter(({ headers }) => headers['x-on-dead'] === 'hold');
    await this.#send(held.map((letter) => [retryTopicOf(letter.place), this.#discardedOf(letter)] as const));
    await this.#settle(letters);
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.disconnect(), this.#admin.disconnect()]);
  }

  /** The ids of letters that are in a retry topic already. */
  async #redrivenBefore(): Promise<Set<string | undefined>> {
    const topics = new Set([...this.#places.keys()].map(({ place }) => retryTopicOf(place)));
    const existing = (await this.#admin.listTopics()).filter((topic) => topics.has(topic));
    return new Set((await this.#read(existing)).map(({ message }) => textOf(message, 'x-redriven-from')));
  }

  #redrivenOf(letter: DeadLetter): Message {
    const { message } = this.#places.get(letter)!;
    const own = Object.entries(withoutFailure(message.headers ?? {})).map(([name, value]) => [name, value ?? '']);
    const headers = { ...Object.fromEntries(own), 'x-redriven-from': letter.id };
    return { key: message.key, value: message.value, headers, partition: partitionOf(letter) };
  }

  #discardedOf(letter: DeadLetter): Message {
    const { headers, ...record } = this.#redrivenOf(letter);
    return { ...record, value: null, headers: { ...headers, 'x-discarded': letter.id } };
  }

  async #settle(letters: readonly DeadLetter[]): Promise<void> {
    await this.#send(
      letters.map((letter) => {
        const { partition, message } = this.#places.get(letter)!;
        const headers = { 'x-settled': `${partition}/${message.offset}` };
        return [letter.place, { key: message.key, value: null, headers, partition }] as const;
      }),
    );
  }

  async #send(messages: (readonly [topic: string, message: Message])[]): Promise<void> {
    if (!messages.length) return;
    const byTopic = Map.groupBy(messages, ([topic]) => topic);
    const topicMessages = [...byTopic].map(([topic, own]) => ({ topic, messages: own.map(([, message]) => message) }));
    await this.#producer.sendBatch({ acks: -1, topicMessages });
  }

  /** All records of the topics, as far as they reach now. */
  async #read(topics: string[]): Promise<Place[]> {
    const left = new Map<string, bigint>();
    for (const topic of topics)
      for (const { partition, low, high } of await this.#admin.fetchTopicOffsets(topic))
        if (BigInt(high) > BigInt(low)) left.set(`${topic}/${partition}`, BigInt(high));
    if (!left.size) return [];
    const groupId = `dead-letters-${randomUUID()}`;
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: 100, sessionTimeout: 30_000 });
    const records: Place[] = [];
    const all = Promise.withResolvers<void>();
    consumer.on('consumer.crash', ({ payload }) => all.reject(payload.error));
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { topic, partition, messages } = batch;
        const end = left.get(`${topic}/${partition}`);
        if (end === undefined) return;
        for (const message of messages) if (BigInt(message.offset) < end) records.push({ topic, partition, message });
        if (BigInt(batch.lastOffset()) >= end - 1n) left.delete(`${topic}/${partition}`);
        if (!left.size) all.resolve();
      },
    });
    await all.promise;
    await consumer.disconnect();
    await this.#admin.deleteGroups([groupId]).catch(() => {});
    return records;
  }
}

const idOf = ({ topic, partition, message }: Place): string => `${topic}/${partition}/${message.offset}`;

const retryTopicOf = (deadLetterTopic: string): string => deadLetterTopic.replace(DEAD, '.retry');

/** The partition that the key has in the topic that the letter came from, and in the retry topic. */
const partitionOf = ({ origin }: DeadLetter): number => Number(origin.split('/').at(-2) ?? 0);

const settledBy = (topic: string, message: KafkaMessage): string[] => {
  const place = textOf(message, 'x-settled');
  return place ? [`${topic}/${place}`] : [];
};

const textOf = ({ headers = {} }: KafkaMessage, name: string): string | undefined =>
  [headers[name]].flat()[0]?.toString();

const letterOf = (place: Place): DeadLetter => {
  const { topic, message } = place;
  const texts = Object.entries(message.headers ?? {}).map(([name, value]) => [
    name,
    [value].flat().map(String).join(', '),
  ]);
  const headers: Record<string, string> = Object.fromEntries(texts);
  return {
    id: idOf(place),
    place: topic,
    type: headers['ce_type'] ?? '',
    ...(message.key && { key: message.key.toString() }),
    deadAt: new Date(Number(message.timestamp)),
    ...failureOf(headers),
    headers,
    body: message.value ?? Buffer.alloc(0),
  };
};

/** The order in which the messages were published: that of their keys holds when they are redriven. */
const byOrigin = (one: DeadLetter, other: DeadLetter): number => {
  const [a, b] = [one, other].map(({ origin }) => origin.split('/')) as [string[], string[]];
  const topics = a.slice(0, -1).join('/').localeCompare(b.slice(0, -1).join('/'));
  return topics || Number(a.at(-1)) - Number(b.at(-1));
};

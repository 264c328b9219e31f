import { Logger } from '@nestjs/common';
import { Kafka, type Message, type Producer, type ProducerBatch } from 'kafkajs';
import { clientClosed, unavailable } from '../errors.ts';
import { type KafkaConnection, kafkaConfig } from './connection.ts';
import { isPermanent, notEncodable, sendErrorOf } from './errors.ts';
import { stablePartitioner } from './kafkajs-fixes.ts';
import { withTimeLimit } from '../time.ts';
import { ensureTopics, withAdmin } from './topology.ts';

/** A message and its topic, without prefix. */
export interface TopicMessage {
  topic: string;
  message: Message;
}

/** Kafka refuses a batch over 1 MiB; kafkajs makes one batch of all that goes to a partition at once. */
const MAX_BATCH_BYTES = 512 * 1024;

/** Milliseconds for the end of a connection that may be silent. */
const DISCONNECT_TIMEOUT = 1000;

interface SizedMessage extends TopicMessage {
  bytes: number;
}

interface Sending {
  messages: readonly SizedMessage[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Takes messages to Kafka: acknowledged by all replicas, in order per key. Connects when needed. */
export class KafkaProducer {
  private readonly kafka: Kafka;
  private readonly prefix: string;
  private readonly knownTopics = new Set<string>();
  private waiting: Sending[] = [];
  private flushing?: Promise<void>;
  private connecting?: Promise<Producer>;
  /** Called when Kafka does not answer in time. */
  private onSilence = () => {};
  private isConnected = false;
  private isClosed = false;

  constructor(connection: KafkaConnection, clientId: string) {
    this.kafka = new Kafka(kafkaConfig(connection, clientId, new Logger(KafkaProducer.name)));
    this.prefix = connection.prefix ?? '';
  }

  /**
   * Resolves once the brokers have them all. Rejects with UNAVAILABLE when sending them again is right, though some may
   * have arrived; with another code when it is not: what is too large or cannot be encoded, and INVALID_ARGUMENT with Kafka's
   * own name of the error.
   */
  send(messages: readonly TopicMessage[]): Promise<void> {
    if (this.isClosed) return Promise.reject(clientClosed());
    if (!messages.length) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    try {
      const sized = messages.map((message) => ({ ...message, bytes: sizeOf(message.message) }));
      this.waiting.push({ messages: sized, resolve, reject });
      // while one batch is in flight the next collects; only one at a time keeps the order of keys
      this.flushing ??= this.flush();
    } catch (thrown) {
      reject(notEncodable(thrown as Error)); // alone: what is sent with it has no part in this
    }
    return promise;
  }

  /** Whether there is a connection; asking starts it, so that who has sent nothing yet becomes ready. */
  isReady(): boolean {
    if (!this.isConnected && !this.isClosed) void this.connect().catch(() => undefined);
    return this.isConnected;
  }

  connect(): Promise<Producer> {
    return (this.connecting ??= this.open().catch((thrown: unknown) => {
      this.connecting = undefined;
      throw thrown;
    }));
  }

  /** Sends what was handed in before, then disconnects. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.flushing;
    await this.drop();
  }

  private async flush(): Promise<void> {
    await new Promise(setImmediate); // whatever is sent in this tick goes together
    while (this.waiting.length) {
      const together = this.waiting.splice(0);
      try {
        await this.deliver(together.flatMap(({ messages }) => messages));
        for (const { resolve } of together) resolve();
      } catch (thrown) {
        await this.failed(together, thrown);
      }
    }
    this.flushing = undefined; // in the same tick as the check for more
  }

  private async failed(together: Sending[], thrown: unknown): Promise<void> {
    // kafkajs rolls its sequence numbers back, though the broker may have the batch: it would then take the next batch
    // for a duplicate and drop it without a word. A new producer has a new id.
    await this.drop();
    const error = sendErrorOf(thrown);
    if (!isPermanent(error) || together.length === 1) return together.forEach(({ reject }) => reject(error));
    let isAway = false;
    for (const { messages, resolve, reject } of together)
      if (isAway)
        reject(unavailable('Kafka is not available')); // it must not overtake what failed before it
      else
        await this.deliver(messages).then(resolve, async (cause: unknown) => {
          await this.drop();
          const own = sendErrorOf(cause);
          isAway = !isPermanent(own);
          reject(own);
        });
  }

  private async deliver(messages: readonly SizedMessage[]): Promise<void> {
    const producer = await this.connect();
    await this.ensure(new Set(messages.map(({ topic }) => topic)));
    for (const batch of batchesOf(messages)) {
      const byTopic = Map.groupBy(batch, ({ topic }) => this.prefix + topic);
      const topicMessages = [...byTopic].map(([topic, own]) => ({
        topic,
        messages: own.map(({ message }) => message),
      }));
      await this.sendBatch(producer, { acks: -1, topicMessages });
    }
  }

  /** Gives up when Kafka does not answer: kafkajs would ask again and again on the connection that is silent. */
  private sendBatch(producer: Producer, batch: ProducerBatch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.onSilence = () => reject(unavailable('Kafka does not answer'));
    producer.sendBatch(batch).then(() => resolve(), reject);
    return promise;
  }

  private async ensure(topics: Set<string>): Promise<void> {
    const unknown = [...topics].filter((topic) => !this.knownTopics.has(topic));
    if (!unknown.length) return;
    const names = unknown.map((topic) => this.prefix + topic);
    await withAdmin(this.kafka, (admin) => ensureTopics(admin, names));
    unknown.forEach((topic) => this.knownTopics.add(topic));
  }

  private async open(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: stablePartitioner,
    });
    producer.on('producer.network.request_timeout', () => this.onSilence());
    await producer.connect().catch(async (thrown: unknown) => {
      await producer.disconnect().catch(() => undefined);
      throw thrown;
    });
    this.isConnected = true;
    return producer;
  }

  private async drop(): Promise<void> {
    const producer = await this.connecting?.catch(() => undefined);
    this.connecting = undefined;
    this.isConnected = false;
    this.knownTopics.clear();
    // it waits for the answers that are due
    if (producer) await withTimeLimit(producer.disconnect(), DISCONNECT_TIMEOUT).catch(() => undefined);
  }
}

function* batchesOf(messages: readonly SizedMessage[]): Generator<SizedMessage[]> {
  let batch: SizedMessage[] = [];
  let bytes = 0;
  for (const one of messages) {
    if (batch.length && bytes + one.bytes > MAX_BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.bytes;
  }
  if (batch.length) yield batch;
}

const sizeOf = ({ key, value, headers = {} }: Message): number =>
  [key, value, ...Object.entries(headers).flat(2)].reduce<number>(
    (sum, part) => sum + Buffer.byteLength(part ?? ''),
    64,
  );

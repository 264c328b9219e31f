import { createHash } from 'node:crypto';
import { deadLetterQueueOf } from '@fourfold/contracts/dead-letters';
import amqp, { type ChannelModel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { type DeadLetter, type DeadLetterStore, failureOf, withoutFailure } from './store.ts';

export interface RabbitMqOptions {
  /** `amqp://127.0.0.1:5672` */
  url: string;
  prefix: string;
  /** The queues whose dead letters are looked at, without prefix. */
  queues: readonly string[];
}

/** So many letters of a queue are looked at, the oldest ones: the largest prefetch of AMQP 0-9-1. */
const MOST = 65_535;
/**
 * Letters at a time. RabbitMQ sends a quorum queue up to 32 acknowledgements at once, keeps the others back, and forgets those when
 * their channel closes: the letters would be back.
 */
const BATCH = 25;

/**
 * Dead letters in queues. Looking at them takes them all, unacknowledged; closing gives back what was neither redriven nor
 * discarded. A redriven letter that a kill left here is redriven again with the same message id, which inboxes drop.
 */
export class RabbitMqStore implements DeadLetterStore {
  readonly name = 'RabbitMQ';
  readonly #options: RabbitMqOptions;
  readonly #model: ChannelModel;
  readonly #channel: ConfirmChannel;
  readonly #taken = new Map<DeadLetter, { raw: ConsumeMessage; queue: string }>();
  #returned = 0;

  private constructor(options: RabbitMqOptions, model: ChannelModel, channel: ConfirmChannel) {
    this.#options = options;
    this.#model = model;
    this.#channel = channel;
    channel.on('return', () => void this.#returned++);
  }

  static async open(options: RabbitMqOptions): Promise<RabbitMqStore> {
    const model = await amqp.connect(options.url, { timeout: 5000 });
    model.on('error', () => {}); // what is being done rejects with it
    return new RabbitMqStore(options, model, await channelOf(model));
  }

  async list(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (const queue of this.#options.queues) letters.push(...(await this.#take(this.#options.prefix + queue)));
    return letters;
  }

  async redrive(letters: readonly DeadLetter[]): Promise<void> {
    for (let at = 0; at < letters.length; at += BATCH) {
      const batch = letters.slice(at, at + BATCH);
      for (const letter of batch) this.#publish(letter);
      await this.#channel.waitForConfirms();
      if (this.#returned) throw new Error(`the queue of ${batch[0]!.place} does not exist: its letters stay`);
      await this.discard(batch);
    }
  }

  async discard(letters: readonly DeadLetter[]): Promise<void> {
    for (let at = 0; at < letters.length; at += BATCH) {
      const batch = letters.slice(at, at + BATCH);
      for (const letter of batch) this.#channel.ack(this.#taken.get(letter)!.raw);
      await this.#channel.checkQueue(batch[0]!.place); // answered once the queue has them
    }
  }

  async close(): Promise<void> {
    await this.#channel.close().catch(() => {});
    await this.#model.close().catch(() => {});
  }

  #publish(letter: DeadLetter): void {
    const { raw, queue } = this.#taken.get(letter)!;
    const { 'x-origin': _, ...headers } = withoutFailure(raw.properties.headers ?? {}) as Record<string, unknown>;
    this.#channel.sendToQueue(queue, raw.content, {
      ...raw.properties,
      persistent: true,
      mandatory: true,
      headers: { ...headers, 'x-redriven': new Date().toISOString() },
    });
  }

  async #take(queue: string): Promise<DeadLetter[]> {
    const place = deadLetterQueueOf(queue);
    const count = Math.min(await this.#countOf(place), MOST);
    if (!count) return [];
    const letters: DeadLetter[] = [];
    const all = Promise.withResolvers<void>();
    const { consumerTag } = await this.#channel.consume(place, (raw) => {
      if (!raw) return all.resolve();
      const letter = letterOf(raw, place);
      this.#taken.set(letter, { raw, queue });
      if (letters.push(letter) >= count) all.resolve();
    });
    const limit = setTimeout(all.resolve, 5000); // another one may have them
    await all.promise;
    clearTimeout(limit);
    await this.#channel.cancel(consumerTag);
    return letters;
  }

  /** On a channel of its own: the broker answers a queue that is not there by closing it. */
  async #countOf(queue: string): Promise<number> {
    const channel = await this.#model.createChannel();
    channel.on('error', () => {});
    try {
      const { messageCount } = await channel.checkQueue(queue);
      await channel.close();
      return messageCount;
    } catch {
      return 0;
    }
  }
}

const channelOf = async (model: ChannelModel): Promise<ConfirmChannel> => {
  const channel = await model.createConfirmChannel();
  channel.on('error', () => {});
  await channel.prefetch(MOST); // a quorum queue gives 2,000 where no limit is set
  return channel;
};

const letterOf = ({ content, properties }: ConsumeMessage, place: string): DeadLetter => {
  const { type = '', messageId, headers: raw = {}, ...others } = properties;
  const texts = Object.entries(raw).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  const headers: Record<string, string> = Object.fromEntries(texts);
  const stated = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    id: `${place}/${messageId || createHash('sha256').update(content).digest('hex').slice(0, 16)}`,
    place,
    type,
    ...failureOf(headers),
    headers: { ...Object.fromEntries(stated.map(([name, value]) => [`(${name})`, String(value)])), ...headers },
    body: content,
  };
};

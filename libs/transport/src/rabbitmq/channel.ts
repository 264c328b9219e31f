import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel, Message, Options } from 'amqplib';
import { unavailable } from '../errors.ts';
import { backoff, withTimeLimit } from '../time.ts';
import { unroutable } from './errors.ts';

const ANSWER_TIMEOUT = 2000;

export interface ChannelEvents {
  /** Set up: it can be used. */
  open?(): void;
  /** It was open and is closed now. Another one is opened, unless `close()` was called. */
  lost?(): void;
  /** It could not be set up. Another attempt follows. */
  failed?(error: Error): void;
}

/** Waits for the broker's answer to a close, but not for long: amqplib never settles what is not answered. */
export const closeQuietly = async (answer: Promise<unknown> | undefined): Promise<void> => {
  await withTimeLimit(Promise.resolve(answer), ANSWER_TIMEOUT).catch(() => {});
};

/**
 * A confirm channel that is opened, set up, and opened again whenever it or its connection was lost.
 * amqp-connection-manager's own ChannelWrapper ends the process on an error of the channel (nobody listens for it), opens no
 * channel anew while the connection stands, and keeps messages without bound while it does not.
 */
export class ReconnectingChannel {
  private channel?: ConfirmChannel;
  private opening = false;
  private closed = false;
  private failures = 0;
  private timer?: NodeJS.Timeout;
  /** By queue: what has been published and is not confirmed. */
  private readonly unconfirmed = new Map<string, Set<(error: Error) => void>>();

  constructor(
    private readonly manager: AmqpConnectionManager,
    private readonly setUp: (channel: ConfirmChannel) => Promise<void>,
    private readonly events: ChannelEvents = {},
  ) {
    manager.on('connect', this.open);
    if (manager.isConnected()) void this.open();
  }

  /** The channel while it is open and set up. */
  get current(): ConfirmChannel | undefined {
    return this.channel;
  }

  /** Resolves once the broker has the message in its queue; rejects if the queue does not exist. */
  publish(queue: string, content: Buffer, options: Options.Publish): Promise<void> {
    const { channel } = this;
    if (!channel) return Promise.reject(unavailable('the broker is not available'));
    const waiting = this.unconfirmed.get(queue) ?? new Set();
    this.unconfirmed.set(queue, waiting);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.add(reject);
    try {
      channel.sendToQueue(queue, content, { ...options, mandatory: true }, (error) =>
        error ? reject(unavailable('the broker did not take the message', error)) : resolve(),
      );
    } catch (thrown) {
      reject(thrown);
    }
    return promise.finally(() => {
      waiting.delete(reject);
      if (!waiting.size && this.unconfirmed.get(queue) === waiting) this.unconfirmed.delete(queue);
    });
  }

  async close(): Promise<void> {
    const { channel } = this;
    this.closed = true;
    this.channel = undefined;
    clearTimeout(this.timer);
    this.manager.off('connect', this.open);
    await closeQuietly(channel?.close());
  }

  private readonly open = async (): Promise<void> => {
    clearTimeout(this.timer);
    const { connection } = this.manager;
    if (this.closed || this.opening || this.channel || !connection) return;
    this.opening = true;
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => {}); // what it was about rejects; without a listener it would end the process
      let isLost = false;
      channel.once('close', () => {
        isLost = true;
        this.onClose(channel);
      });
      channel.on('return', this.onReturn);
      await this.setUp(channel);
      if (isLost) throw new Error('the channel was closed while it was set up');
      if (this.closed) return void (await channel.close());
      this.channel = channel;
      this.failures = 0;
      this.events.open?.();
    } catch (thrown) {
      if (this.closed) return;
      if (this.manager.isConnected()) this.events.failed?.(thrown as Error);
      this.openLater();
    } finally {
      this.opening = false;
    }
  };

  /** While the connection stands; after a lost one its `connect` event opens the next channel. */
  private openLater(): void {
    if (!this.closed) this.timer = setTimeout(this.open, backoff(++this.failures, 100));
  }

  private onClose(channel: ConfirmChannel): void {
    if (this.channel !== channel) return;
    this.channel = undefined;
    this.events.lost?.();
    this.openLater();
  }

  /** A mandatory message came back: its queue does not exist, so none of the messages in flight to it has arrived for certain. */
  private readonly onReturn = ({ fields: { routingKey } }: Message): void => {
    for (const reject of this.unconfirmed.get(routingKey) ?? []) reject(unroutable(routingKey));
  };
}

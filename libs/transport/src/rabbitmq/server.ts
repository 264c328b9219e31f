import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplication, Logger } from '@nestjs/common';
import { type MessageHandler, RmqContext, type RmqStatus, ServerRMQ } from '@nestjs/microservices';
import type { Operation } from '@fourfold/contracts/contract';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { lastValueFrom, type Observable } from 'rxjs';
import { Consumer, type ConsumedMessage } from '../consumer/consumer.ts';
import { StaysWithBroker } from '../consumer/outage.ts';
import { toServiceError, unknownOperation } from '../errors.ts';
import { mountStrategy } from '../pipeline/application.ts';
import { answersOf, handle } from '../pipeline/handle.ts';
import { backoff, withTimeLimit } from '../time.ts';
import type { Retries, Server } from '../transport.ts';
import { closeQuietly, ReconnectingChannel } from './channel.ts';
import { observeConnection, socketOptions } from './connection.ts';
import { DeadLetters } from './dead-letters.ts';
import { QueueRefused } from './errors.ts';
import { answer, attemptsOf, type Delivery, messageOf, originOf, refusal, type Reply } from './message.ts';
import { consumeCancels, declareQueue, declareRetryQueue, type QueueBinding } from './topology.ts';

export interface RabbitMqServerOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** In front of every queue's name, so that systems can share a broker: MESSAGING_PREFIX. */
  prefix?: string;
  /** Messages in flight, of each queue: 64. */
  prefetch?: number;
  /** How a command is tried again whose failure may pass. */
  retries?: Retries;
  /** Milliseconds that messages in flight get at shutdown: 10,000. */
  drainTimeout?: number;
}

/** What `@Implements` binds to a pattern, and a plain `@MessagePattern(name, Transport.RMQ, { queue })` may. */
interface Extras extends QueueBinding {
  operation?: Operation;
}

/** Commands that wait in memory for their next attempt, of each retry queue. */
const MAX_PARKED = 1000;

/** The service stops, or the channel is closed: the broker delivers the message again. */
const UNACKNOWLEDGED = new Set(['AbortError', 'IllegalOperationError']);

/** The queue that a consumer reads, and the channel that it reads it on. */
interface Source {
  binding: QueueBinding;
  /** The name in full of the queue that the contract binds. */
  queue: string;
  /** Whether its retry queue is read. */
  isRetry: boolean;
  channel: ConfirmChannel;
  /** Aborts when the channel is lost: the broker then delivers again what was not acknowledged. */
  signal: AbortSignal;
}

/** Nest's RabbitMQ server with a queue per operation, acknowledgement after the handler, retries, dead letters and a bounded drain. */
export class RabbitMqServer extends ServerRMQ implements Server {
  readonly transport = 'rabbitmq';
  /** Otherwise Nest logs what a command's handler throws, and we never see it. */
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger('rabbitmq');
  private readonly settings: Required<Omit<RabbitMqServerOptions, 'retries'>>;
  private readonly consumer: Consumer;
  private readonly bindings = new Map<string, QueueBinding>();
  private readonly consumerTags = new Map<string, string>();
  private readonly inFlight = new Set<Promise<void>>();
  /** Ends a call whose caller does not wait any more, by correlation id. */
  private readonly calls = new Map<string, () => void>();
  private reconnecting?: ReconnectingChannel;
  private deadLetters?: DeadLetters;
  private draining?: Promise<void>;
  /** Until every queue is consumed for the first time. */
  private starting?: PromiseWithResolvers<void>;

  constructor({ url, prefix = '', prefetch = 64, retries, drainTimeout = 10_000 }: RabbitMqServerOptions) {
    super({ urls: [url], noAck: false, socketOptions: socketOptions() });
    this.settings = { url, prefix, prefetch, drainTimeout };
    const destinationOf = ({ extras }: MessageHandler) => (extras as Extras).queue;
    this.consumer = new Consumer({ retries, handlers: this.messageHandlers, destinationOf, mayGiveBack: true });
  }

  mount(app: INestApplication): void {
    mountStrategy(app, this);
  }

  isReady(): boolean {
    return this.waitsFor() === undefined;
  }

  waitsFor(): string | undefined {
    if (this.draining) return 'it is stopping';
    if (!this.reconnecting?.current) return 'there is no connection to RabbitMQ';
    const missing = [...this.bindings.keys()].find((queue) => !this.consumerTags.has(this.settings.prefix + queue));
    return missing ? `queue ${missing} is not consumed` : this.consumer.waitsFor();
  }

  /** Nest chains the handlers of one command. The inbox that makes an effect happen once needs one. */
  override addHandler(name: string, handler: MessageHandler, isEvent = false, extras: Record<string, any> = {}): void {
    const { queue, mode } = extras as Partial<Extras>;
    if (this.messageHandlers.has(name)) throw new TypeError(`${name} has two handlers over RabbitMQ`);
    if (!queue)
      throw new TypeError(
        `${name} names no queue: @MessagePattern(name, Transport.RMQ, { queue }), or name another transport`,
      );
    if (this.bindings.has(queue) && this.bindings.get(queue)!.mode !== mode)
      throw new TypeError(`queue ${queue} carries calls or commands, not both`);
    this.bindings.set(queue, { queue, mode });
    super.addHandler(name, handler, isEvent, extras);
  }

  /**
   * Resolves once every queue is consumed, however long the broker takes to be there; rejects if it refuses a queue.
   * Nest's own ends the process over a refused queue, consumes a deleted one no more, and logs each lost connection twice.
   */
  override async listen(): Promise<void> {
    this.draining = undefined;
    this.consumer.restart();
    const manager: AmqpConnectionManager = await this.createClient();
    if (this.draining) return manager.close();
    this.server = manager;
    observeConnection(manager, this.settings.url);
    manager.on('connect', () => this._status$.next('connected' as RmqStatus));
    manager.on('disconnect', () => this._status$.next('disconnected' as RmqStatus));
    for (const { event, callback: listener } of this.pendingEventListeners.splice(0)) manager.on(event, listener);
    this.reconnecting = new ReconnectingChannel(manager, (channel) => this.consumeAll(channel), {
      open: () => this.onOpen(),
      lost: () => this.consumerTags.clear(),
      failed: (error) => this.onFailed(error),
    });
    this.deadLetters = new DeadLetters(this.reconnecting);
    this.starting = Promise.withResolvers();
    return this.starting.promise;
  }

  /** Receives nothing more, and waits for what is in flight. What is not done in time stays with the broker. */
  drain(): Promise<void> {
    return (this.draining ??= this.finish());
  }

  override async close(): Promise<void> {
    await this.drain();
    await this.reconnecting?.close();
    await closeQuietly(super.close());
    this.starting?.reject(new Error('the RabbitMQ server was closed before it had started'));
    this.starting = undefined;
  }

  private async finish(): Promise<void> {
    const channel = this.reconnecting?.current;
    this.consumer.stop();
    await closeQuietly(Promise.all([...this.consumerTags.values()].map((tag) => channel?.cancel(tag))));
    await withTimeLimit(Promise.all(this.inFlight), this.settings.drainTimeout).catch(() =>
      this.logger.warn(`${this.inFlight.size} messages were not done in time: the broker delivers them again`),
    );
  }

  private onOpen(): void {
    this.starting?.resolve();
    this.starting = undefined;
  }

  private onFailed(error: Error): void {
    this.logger.error(error.message);
    const { starting } = this;
    if (!starting || !(error instanceof QueueRefused)) return;
    this.starting = undefined;
    void this.close().then(() => starting.reject(error));
  }

  private async consumeAll(channel: ConfirmChannel): Promise<void> {
    const lost = new AbortController();
    channel.once('close', () => lost.abort());
    this.consumerTags.clear();
    const sources = [...this.bindings.values()].map((binding) => {
      const queue = this.settings.prefix + binding.queue;
      return { binding, queue, channel, signal: lost.signal, isRetry: false };
    });
    const commands = sources.filter(({ binding }) => binding.mode === 'command');
    const retries = commands.map((source) => ({ ...source, isRetry: true }));
    const queues = sources.filter(({ binding }) => binding.mode !== 'command').map(({ queue }) => queue);
    const { prefix } = this.settings;
    if (queues.length && !this.draining)
      await consumeCancels(channel, { queues, prefix }, (correlationId) => this.calls.get(correlationId)?.());
    for (const source of [...sources, ...retries]) if (!this.draining) await this.consume(source);
  }

  private async consume(source: Source): Promise<void> {
    const { binding, isRetry, channel } = source;
    const queue = await (isRetry ? declareRetryQueue : declareQueue)(channel, binding, this.settings.prefix);
    const consume = (message: ConsumeMessage | null) =>
      message ? this.receive(message, source) : void this.consumeAgain(queue, source);
    // the limit is that of the next consumer: RabbitMQ 4 knows no other
    const limit = channel.prefetch(isRetry ? MAX_PARKED : this.settings.prefetch);
    const [{ consumerTag }] = await Promise.all([channel.consume(queue, consume), limit]);
    this.consumerTags.set(queue, consumerTag);
  }

  /** The broker has cancelled the consumer: somebody deleted its queue. */
  private async consumeAgain(queue: string, source: Source): Promise<void> {
    this.consumerTags.delete(queue);
    this.logger.warn(`queue ${queue} was deleted: declaring it again`);
    await sleep(backoff(1, 500));
    if (this.draining || source.signal.aborted) return;
    // what goes wrong here closes the channel, and the next one sets up everything
    await this.consume(source).catch((thrown: Error) => this.logger.error(thrown.message));
  }

  private receive(raw: ConsumeMessage, source: Source): void {
    const message = messageOf(raw, source.binding);
    const work = (message.replyTo === undefined ? this.consumeOne(message, source) : this.reply(message, source))
      .catch((thrown: Error) => {
        // nothing can be acknowledged on a channel that is lost: the broker delivers the message again
        if (source.signal.aborted || UNACKNOWLEDGED.has(thrown.name)) return;
        if (thrown instanceof StaysWithBroker) source.channel.nack(raw, false, true);
        else this.logger.error(thrown);
      })
      .finally(() => this.inFlight.delete(work));
    this.inFlight.add(work);
  }

  /** Nobody waits: acknowledged when it is done, or when the broker has its dead letter. */
  private consumeOne(message: Delivery, { binding, queue, isRetry, channel, signal }: Source): Promise<void> {
    const consumed: ConsumedMessage = {
      ...message,
      destination: binding.queue,
      origin: originOf(queue, message.raw),
      signal,
      ...(isRetry && { attempts: attemptsOf(message.raw) }),
      run: (handler) => this.run(handler, message, channel),
      // only the retry queues of commands are read
      ...(binding.mode === 'command' && {
        park: (headers: Record<string, string>) => this.deadLetters!.park(queue, message.raw, headers, channel),
      }),
      deadLetter: (headers) => this.deadLetters!.add(queue, message.raw, headers, channel),
      acknowledge: () => channel.ack(message.raw),
    };
    return this.consumer.consume(consumed);
  }

  /** Somebody waits: whatever comes of it is the answer, and to try again is up to the caller. */
  private async reply(message: Delivery, { binding, channel }: Source): Promise<void> {
    const run = async () => {
      const handler = this.messageHandlers.get(message.name);
      if (handler?.extras?.['queue'] !== binding.queue) throw unknownOperation(message.name);
      if (message.refused) throw message.refused;
      const result = await this.run(handler!, message, channel);
      return answer(message, (handler!.extras as Extras).operation, result);
    };
    const { correlationId } = message.raw.properties;
    const onCancel = (abort: () => void) => void this.calls.set(correlationId, abort);
    const { content, properties } = await lastValueFrom(handle({ ...message, onCancel }, run) as Observable<Reply>)
      .catch((thrown: unknown) => refusal(message, toServiceError(thrown)))
      .finally(() => this.calls.delete(correlationId));
    channel.sendToQueue(message.replyTo!, content, properties); // lost if the caller is gone
    channel.ack(message.raw);
  }

  /** Calls what Nest made of the handler, between the hooks that tracing libraries set. */
  private run(handler: MessageHandler, { raw, name, data }: Delivery, channel: ConfirmChannel): Promise<unknown> {
    const context = new RmqContext([raw, channel, name]);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const answered = async () => lastValueFrom(answersOf(await handler(data, context)), { defaultValue: undefined });
    // its result does not come back through the hooks: they may be of another package
    this.runWithProcessingHooks(context, async (end) => {
      await answered().then(resolve, reject);
      end();
    });
    return promise;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplication, Logger } from '@nestjs/common';
import { type MessageHandler, RmqContext, type RmqStatus, ServerRMQ } from '@nestjs/microservices';
import type { Operation } from '@fourfold/contracts/contract';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { lastValueFrom, type Observable } from 'rxjs';
import { Consumer, type ConsumedMessage } from '../consumer/consumer.ts';
import { toServiceError, unknownOperation } from '../errors.ts';
import { mountStrategy } from '../pipeline/application.ts';
import { answersOf, handle } from '../pipeline/handle.ts';
import { backoff, withTimeLimit } from '../time.ts';
import type { Server } from '../transport.ts';
import { closeQuietly, ReconnectingChannel } from './channel.ts';
import { observeConnection, socketOptions } from './connection.ts';
import { DeadLetters } from './dead-letters.ts';
import { QueueRefused } from './errors.ts';
import { answer, type Delivery, messageOf, originOf, refusal, type Reply } from './message.ts';
import { declareQueue, type QueueBinding } from './topology.ts';

export interface RabbitMqServerOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** In front of every queue's name, so that systems can share a broker: MESSAGING_PREFIX. */
  prefix?: string;
  /** Messages in flight, of each queue: 64. */
  prefetch?: number;
  /** How often a command is tried whose failure may pass, before it becomes a dead letter: 5. */
  attempts?: number;
  /** Milliseconds that messages in flight get at shutdown: 10,000. */
  drainTimeout?: number;
}

/** What `@Implements` binds to a pattern, and a plain `@MessagePattern(name, Transport.RMQ, { queue })` may. */
interface Extras extends QueueBinding {
  operation?: Operation;
}

/** The queue that a consumer reads, and the channel that it reads it on. */
interface Source {
  binding: QueueBinding;
  /** The queue's name in full. */
  queue: string;
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
  private readonly settings: Required<Omit<RabbitMqServerOptions, 'attempts'>>;
  private readonly consumer: Consumer;
  private readonly bindings = new Map<string, QueueBinding>();
  private readonly consumerTags = new Map<string, string>();
  private readonly inFlight = new Set<Promise<void>>();
  private reconnecting?: ReconnectingChannel;
  private deadLetters?: DeadLetters;
  private draining?: Promise<void>;
  /** Until every queue is consumed for the first time. */
  private starting?: PromiseWithResolvers<void>;

  constructor({ url, prefix = '', prefetch = 64, attempts, drainTimeout = 10_000 }: RabbitMqServerOptions) {
    super({ urls: [url], noAck: false, socketOptions: socketOptions() });
    this.settings = { url, prefix, prefetch, drainTimeout };
    const destinationOf = ({ extras }: MessageHandler) => (extras as Extras).queue;
    this.consumer = new Consumer({ attempts, handlers: this.messageHandlers, destinationOf });
  }

  mount(app: INestApplication): void {
    mountStrategy(app, this);
  }

  /** Connected, every queue is consumed, and no dead letter waits to be written. */
  isReady(): boolean {
    const isConsuming = this.consumerTags.size === this.bindings.size;
    return !!this.reconnecting?.current && !this.draining && isConsuming && !this.consumer.isStuck;
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
    await channel.prefetch(this.settings.prefetch); // of each consumer: RabbitMQ 4 knows no other
    for (const binding of this.bindings.values()) if (!this.draining) await this.consume(binding, channel, lost.signal);
  }

  private async consume(binding: QueueBinding, channel: ConfirmChannel, signal: AbortSignal): Promise<void> {
    const queue = await declareQueue(channel, binding, this.settings.prefix);
    const source = { binding, queue, channel, signal };
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message) this.receive(message, source);
      else void this.consumeAgain(source);
    });
    this.consumerTags.set(queue, consumerTag);
  }

  /** The broker has cancelled the consumer: somebody deleted its queue. */
  private async consumeAgain({ binding, queue, channel, signal }: Source): Promise<void> {
    this.consumerTags.delete(queue);
    this.logger.warn(`queue ${queue} was deleted: declaring it again`);
    await sleep(backoff(1, 500));
    if (this.draining || signal.aborted) return;
    // what goes wrong here closes the channel, and the next one sets up everything
    await this.consume(binding, channel, signal).catch((thrown: Error) => this.logger.error(thrown.message));
  }

  private receive(raw: ConsumeMessage, source: Source): void {
    const message = messageOf(raw, source.binding);
    const work = (message.replyTo === undefined ? this.consumeOne(message, source) : this.reply(message, source))
      .catch((thrown: Error) => {
        // nothing can be acknowledged on a channel that is lost: the broker delivers the message again
        if (!source.signal.aborted && thrown.name !== 'IllegalOperationError') this.logger.error(thrown);
      })
      .finally(() => this.inFlight.delete(work));
    this.inFlight.add(work);
  }

  /** Nobody waits: acknowledged when it is done, or when the broker has its dead letter. */
  private consumeOne(message: Delivery, { binding, queue, channel, signal }: Source): Promise<void> {
    const consumed: ConsumedMessage = {
      ...message,
      destination: binding.queue,
      origin: originOf(queue, message.raw),
      signal,
      run: (handler) => this.run(handler, message, channel),
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
    const { content, properties } = await lastValueFrom(handle(message, run) as Observable<Reply>).catch(
      (thrown: unknown) => refusal(message, toServiceError(thrown)),
    );
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

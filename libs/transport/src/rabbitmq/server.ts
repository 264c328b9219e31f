import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type MessageHandler, RmqContext, type RmqStatus, ServerRMQ } from '@nestjs/microservices';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel } from 'amqplib';
import type { Operation } from '@fourfold/contracts/contract';
import { isObservable, lastValueFrom } from 'rxjs';
import { expected, toServiceError, unknownOperation } from '../errors.ts';
import { setEnvelope } from '../rpc-context.ts';
import { withTimeLimit } from '../time-limit.ts';
import { KeptChannel, leave } from './channel.ts';
import { reportConnection, socketOptions } from './connection.ts';
import { DeadLetters } from './dead-letter.ts';
import { answer, type Delivery, envelopeOf, expectSize, readDelivery, refusal } from './delivery.ts';
import { declareQueue, type QueueBinding, QueueRefused } from './queues.ts';
import { attempt, backoff, type Failure } from '../retry.ts';

export interface RabbitMqServerOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** In front of every queue's name, so that systems can share a broker: MESSAGING_PREFIX. */
  prefix?: string;
  /** Messages in hand at once, of each queue: 64. */
  prefetch?: number;
  /** How often a command is tried whose failure may pass, before it becomes a dead letter: 5. */
  attempts?: number;
  /** Milliseconds that messages in hand get at shutdown: 10,000. */
  drainTimeout?: number;
}

/** What `@Implements` binds to a pattern, and a plain `@MessagePattern(name, Transport.RMQ, { queue })` may. */
interface Extras extends QueueBinding {
  operation?: Operation;
}

const isCommand = ({ binding }: Taken): boolean => binding.mode === 'command';

interface Taken extends Delivery {
  binding: QueueBinding;
  /** The queue's name in full. */
  queue: string;
  channel: ConfirmChannel;
  /** Aborts when the channel is gone: the broker then delivers the message again, to whoever is there. */
  signal: AbortSignal;
}

/** Nest's RabbitMQ server with a queue an operation, ack after the handler, retries in place, dead letters and a bounded drain. */
export class RabbitMqServer extends ServerRMQ {
  /** Nest would otherwise log what a command's handler throws, and keep it from us. */
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger(RabbitMqServer.name);
  private readonly settings: Required<RabbitMqServerOptions>;
  private readonly bindings = new Map<string, QueueBinding>();
  private readonly consumerTags = new Map<string, string>();
  private readonly inHand = new Set<Promise<void>>();
  private kept?: KeptChannel;
  private deadLetters?: DeadLetters;
  private draining?: Promise<void>;
  private started?: (error?: unknown) => void;

  constructor({ url, prefix = '', prefetch = 64, attempts = 5, drainTimeout = 10_000 }: RabbitMqServerOptions) {
    super({ urls: [url], noAck: false, socketOptions: socketOptions() });
    this.settings = { url, prefix, prefetch, attempts, drainTimeout };
  }

  /** Connected, and every queue is consumed. */
  isReady(): boolean {
    return !!this.kept?.current && !this.draining && this.consumerTags.size === this.bindings.size;
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
   * Calls back once every queue is consumed, however long the broker takes to be there; with an error if it refuses a queue.
   * Nest's own ends the process over a refused queue, consumes a deleted one no more, and logs each lost connection twice.
   */
  override async start(callback?: (error?: unknown) => void): Promise<void> {
    this.draining = undefined;
    this.started = callback;
    const manager: AmqpConnectionManager = await this.createClient();
    if (this.draining) return manager.close();
    this.server = manager;
    reportConnection(manager, this.logger, this.settings.url);
    manager.on('connect', () => this._status$.next('connected' as RmqStatus));
    manager.on('disconnect', () => this._status$.next('disconnected' as RmqStatus));
    for (const { event, callback: listener } of this.pendingEventListeners.splice(0)) manager.on(event, listener);
    this.kept = new KeptChannel(manager, (channel) => this.consumeAll(channel), {
      open: () => this.settle(),
      lost: () => this.consumerTags.clear(),
      failed: (error) => this.onFailed(error),
    });
    this.deadLetters = new DeadLetters(this.kept);
  }

  /** Takes in nothing more, and waits for what is in hand. What is not done in time stays with the broker. */
  stopConsuming(): Promise<void> {
    return (this.draining ??= this.drain());
  }

  override async close(): Promise<void> {
    await this.stopConsuming();
    await this.kept?.close();
    await leave(super.close());
    this.settle(new Error('the RabbitMQ server was closed before it had started'));
  }

  private async drain(): Promise<void> {
    const channel = this.kept?.current;
    await leave(Promise.all([...this.consumerTags.values()].map((tag) => channel?.cancel(tag))));
    await withTimeLimit(Promise.all(this.inHand), this.settings.drainTimeout).catch(() =>
      this.logger.warn(`${this.inHand.size} messages were not done in time: the broker delivers them again`),
    );
  }

  private settle(error?: unknown): void {
    const { started } = this;
    this.started = undefined;
    started?.(error);
  }

  private onFailed(error: Error): void {
    this.logger.error(error.message);
    const { started } = this;
    if (!started || !(error instanceof QueueRefused)) return;
    this.started = undefined;
    void this.close().then(() => started(error));
  }

  private async consumeAll(channel: ConfirmChannel): Promise<void> {
    const life = new AbortController();
    channel.once('close', () => life.abort());
    this.consumerTags.clear();
    await channel.prefetch(this.settings.prefetch); // of each consumer: RabbitMQ 4 knows no other
    for (const binding of this.bindings.values()) if (!this.draining) await this.consume(binding, channel, life.signal);
  }

  private async consume(binding: QueueBinding, channel: ConfirmChannel, signal: AbortSignal): Promise<void> {
    const queue = await declareQueue(channel, binding, this.settings.prefix);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message) this.take({ ...readDelivery(message), binding, queue, channel, signal });
      else void this.consumeAgain(binding, channel, signal);
    });
    this.consumerTags.set(queue, consumerTag);
  }

  /** The broker has cancelled the consumer: somebody deleted its queue. */
  private async consumeAgain(binding: QueueBinding, channel: ConfirmChannel, signal: AbortSignal): Promise<void> {
    const queue = this.settings.prefix + binding.queue;
    this.consumerTags.delete(queue);
    this.logger.warn(`queue ${queue} was deleted: declaring it again`);
    await sleep(backoff(1, 500));
    if (this.draining || signal.aborted) return;
    // what goes wrong here closes the channel, and the next one sets up everything
    await this.consume(binding, channel, signal).catch((thrown: Error) => this.logger.error(thrown.message));
  }

  private take(taken: Taken): void {
    // a command is a command also where somebody waits: it has no answer but to be done
    const work = (taken.replyTo === undefined || isCommand(taken) ? this.work(taken) : this.reply(taken))
      .catch((thrown: Error) => {
        // nothing can be settled on a channel that is closed: the broker delivers the message again
        if (!taken.signal.aborted && thrown.name !== 'IllegalOperationError') this.logger.error(thrown);
      })
      .finally(() => this.inHand.delete(work));
    this.inHand.add(work);
  }

  /** Somebody waits: whatever comes of it is the answer, and to try again is up to them. */
  private async reply(taken: Taken): Promise<void> {
    const { content, properties } = await this.answer(taken).catch((thrown: unknown) => {
      if (!expected(thrown)) this.logger.error(thrown);
      return refusal(taken, toServiceError(thrown));
    });
    taken.channel.sendToQueue(taken.replyTo!, content, properties); // lost if nobody waits any more
    taken.channel.ack(taken.message);
  }

  private async answer(taken: Taken) {
    const handler = this.handlerOf(taken);
    return answer(taken, (handler.extras as Extras).operation, await this.handle(handler, taken));
  }

  /** Nobody waits: acked when it is done, or when the broker has its dead letter. */
  private async work(taken: Taken): Promise<void> {
    const { channel, message, queue, signal } = taken;
    const failure = await this.attempt(taken);
    try {
      if (failure) await this.deadLetters!.add(queue, message, failure, channel);
    } catch (thrown) {
      this.logger.error(`${queue}: a message could not become a dead letter: ${(thrown as Error).message}`);
      await sleep(backoff(1, 1000), undefined, { signal });
      return channel.nack(message, false, true);
    }
    channel.ack(message);
  }

  private async attempt(taken: Taken): Promise<Failure | undefined> {
    let handler: MessageHandler;
    try {
      handler = this.handlerOf(taken);
    } catch (thrown) {
      return { error: toServiceError(thrown), attempts: 0 };
    }
    return attempt(() => this.handle(handler, taken), { attempts: this.settings.attempts, signal: taken.signal });
  }

  /** Never guesses: a message that does not say what it is, or is not of this queue, is foreign. */
  private handlerOf(taken: Taken): MessageHandler {
    const { name, binding } = taken;
    const handler = this.messageHandlers.get(name);
    if (handler?.extras?.['queue'] !== binding.queue) throw unknownOperation(name);
    expectSize(taken);
    return handler!;
  }

  private handle(handler: MessageHandler, taken: Taken): Promise<unknown> {
    const context = new RmqContext([taken.message, taken.channel, taken.name]);
    setEnvelope(context, envelopeOf(taken, isCommand(taken)));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // its result does not come back through the hooks: they may be of another package
    this.runWithProcessingHooks(context, async (end) => {
      await handler(taken.data, context).then(lastOf).then(resolve, reject);
      end();
    });
    return promise;
  }
}

const lastOf = (result: unknown): unknown =>
  isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;

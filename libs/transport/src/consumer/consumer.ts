import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageHandler } from '@nestjs/microservices';
import { ServiceError } from '@fourfold/contracts/service-error';
import { runInContext } from '../context.ts';
import { unknownOperation } from '../errors.ts';
import { traced } from '../metadata.ts';
import { observe, type Observation } from '../observation.ts';
import { handle } from '../pipeline/handle.ts';
import { backoff } from '../time.ts';
import { type IncomingMessage, type Retries, RETRY_DELAYS } from '../transport.ts';
import { attempt, type Failure, isRetryable, later, quickly } from './attempt.ts';
import { failureHeaders } from './dead-letter.ts';
import { Outages } from './outages.ts';
import { Slots } from './slots.ts';

/** A message that its broker keeps until it is acknowledged. */
export interface ConsumedMessage extends IncomingMessage {
  /** The queue or the topic, without prefix. */
  readonly destination: string;
  /** The place of the message, for logs and dead letters: `topic/partition/offset`; queue, type and message id. */
  readonly origin: string;
  /** Aborts when the broker no longer accepts an acknowledgement: it then delivers the message again, to any consumer. */
  readonly signal: AbortSignal;
  /** Aborts when nothing more may be begun: a message that waits for the end of an outage then goes back. */
  readonly stopping?: AbortSignal;
  /** Why it is not given to a handler at all: it is too large. */
  readonly refused?: ServiceError;
  /** How often it was tried before it was parked; absent if it was not. */
  readonly attempts?: number;
  /** Calls what Nest made of the handler. */
  run(handler: MessageHandler): unknown;
  /** Resolves once the broker has the message for later attempts, with these headers beside its own. Absent if it gets none. */
  park?(headers: Record<string, string>): Promise<void>;
  /** Resolves once the broker has the message as a dead letter, with these headers beside its own. */
  deadLetter(headers: Record<string, string>): Promise<void>;
  acknowledge(): void;
}

/** Milliseconds. */
const ATTEMPT_TIMEOUT = 300_000;

export interface ConsumerOptions {
  retries?: Retries;
  /** How many parked messages are handled at once: 16. */
  concurrency?: number;
  /** By the name of the operation or the event. */
  handlers: ReadonlyMap<string, MessageHandler>;
  /** The queue or the topic that a handler is bound to, without prefix. */
  destinationOf(handler: MessageHandler): string;
  /** Whether a destination also carries messages for other services: those are skipped, not dead letters. */
  isShared?(destination: string): boolean;
  /** Whether the broker can deliver a message to another replica while this one has it. */
  mayGiveBack: boolean;
}

/** Handles the messages that nobody waits for, over every broker: attempts, retries, outages, dead letters, acknowledgement. */
export class Consumer {
  /** Messages that the broker accepts neither for later nor as dead letters for now. */
  private readonly stuck = new Set<ConsumedMessage>();
  private outages = new Outages();
  private readonly slots: Slots;
  private stopping = new AbortController();

  constructor(private readonly options: ConsumerOptions) {
    this.slots = new Slots(options.concurrency ?? 16);
  }

  /** What messages wait for, in words; undefined if they are handled. */
  waitsFor(): string | undefined {
    if (this.stuck.size) return `the broker does not accept ${this.stuck.size} messages that failed`;
    return this.outages.waitsFor();
  }

  /** What waits gives up, and stays with the broker. What is being handled goes on. */
  stop(): void {
    this.stopping.abort();
    this.outages.close();
  }

  /** After `stop`. */
  restart(): void {
    this.stopping = new AbortController();
    this.outages = new Outages();
  }

  /** Resolves once the message is acknowledged; rejects if it stays with the broker: its signal aborts, or it must wait too long. */
  async consume(consumed: ConsumedMessage): Promise<void> {
    const { transport } = consumed;
    const metadata = traced(consumed.metadata); // one trace for all attempts
    const message = { ...consumed, metadata };
    const { signal } = consumed;
    await runInContext({ transport, metadata, signal, receivedAt: performance.now() }, () => this.settle(message));
    message.acknowledge();
  }

  /** Parks a message without an attempt, because earlier ones of its key wait. */
  async parkBehind(message: ConsumedMessage): Promise<void> {
    await this.hand(message, 'park', { 'x-origin': message.origin });
    observe(observed('parked', message));
    message.acknowledge();
  }

  private async settle(message: ConsumedMessage): Promise<void> {
    const { handlers, destinationOf, isShared } = this.options;
    const handler = handlers.get(message.name);
    if (handler && destinationOf(handler) === message.destination) {
      const { refused } = message;
      const failure = refused ? { error: refused, attempts: 0 } : await this.attempt(message, handler);
      if (failure) await this.failed(message, failure);
    } else if (message.name && isShared?.(message.destination)) observe(observed('skipped', message));
    else await this.failed(message, { error: unknownOperation(message.name), attempts: 0 });
  }

  private attempt(message: ConsumedMessage, handler: MessageHandler): Promise<Failure | undefined> {
    const { retries, mayGiveBack } = this.options;
    const { signal, stopping = signal } = message;
    const all = [signal, stopping, this.stopping.signal];
    const { attempts: earlier } = message;
    const call = () => this.call(message, handler);
    return attempt(earlier === undefined ? call : () => this.slots.use(call), {
      earlier: earlier ?? 0,
      delays: earlier === undefined ? quickly(retries?.attempts ?? 5) : later(earlier, retries?.delays ?? RETRY_DELAYS),
      outage: this.outages.of(message.name, message.transport),
      signal: earlier === undefined ? signal : AbortSignal.any(all),
      stopping: () => AbortSignal.any(all),
      mayGiveBack,
      onRetry: (failure) => observe({ ...observed('retried', message), ...failure }),
    });
  }

  /** One attempt. A handler that never ends must not keep its place for ever. */
  private call(message: ConsumedMessage, handler: MessageHandler): Promise<void> {
    const { timeout = ATTEMPT_TIMEOUT } = this.options.retries ?? {};
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const subscription = handle(message, () => message.run(handler)).subscribe({ error: reject, complete: resolve });
    const timer = setTimeout(() => {
      subscription.unsubscribe(); // aborts the handler's signal
      reject(new ServiceError('ABORTED', 'ATTEMPT_TIMED_OUT', `${message.name} did not end within ${timeout} ms`));
    }, timeout);
    return promise.finally(() => clearTimeout(timer));
  }

  private async failed(message: ConsumedMessage, failure: Failure): Promise<void> {
    const delays = this.options.retries?.delays ?? RETRY_DELAYS;
    const isParked = !!message.park && message.attempts === undefined && isRetryable(failure) && delays.length > 0;
    await this.hand(message, isParked ? 'park' : 'deadLetter', failureHeaders(failure, message));
    observe({ ...observed(isParked ? 'parked' : 'dead-lettered', message), ...failure });
  }

  /** Repeats until the broker has the message: only then may it be acknowledged. */
  private async hand(message: ConsumedMessage, how: Handing, headers: Record<string, string>): Promise<void> {
    try {
      for (let count = 1; !(await this.isTaken(message, how, headers)); count++)
        await sleep(backoff(count), undefined, { signal: message.signal });
    } finally {
      this.stuck.delete(message);
    }
  }

  private async isTaken(message: ConsumedMessage, how: Handing, headers: Record<string, string>): Promise<boolean> {
    try {
      await message[how]!(headers);
      return true;
    } catch (thrown) {
      message.signal.throwIfAborted();
      this.stuck.add(message);
      const event = how === 'park' ? 'park-failed' : 'dead-letter-failed';
      observe({ ...observed(event, message), error: thrown as Error });
      return false;
    }
  }
}

type Handing = 'park' | 'deadLetter';

const observed = (event: Observation['event'], { transport, name, origin }: ConsumedMessage): Observation => ({
  event,
  transport,
  operation: name,
  place: origin,
});

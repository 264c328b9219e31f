import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageHandler } from '@nestjs/microservices';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { lastValueFrom } from 'rxjs';
import { runInContext } from '../context.ts';
import { unknownOperation } from '../errors.ts';
import { traced } from '../metadata.ts';
import { observe, type Observation } from '../observation.ts';
import { handle } from '../pipeline/handle.ts';
import { backoff } from '../time.ts';
import type { IncomingMessage } from '../transport.ts';
import { attempt, type Failure } from './attempt.ts';
import { deadLetterHeaders } from './dead-letter.ts';

/** A message that its broker keeps until it is acknowledged. */
export interface ConsumedMessage extends IncomingMessage {
  /** The queue or the topic, without prefix. */
  readonly destination: string;
  /** The place of the message, for logs and dead letters: `topic/partition/offset`; queue, type and message id. */
  readonly origin: string;
  /** Aborts when the broker no longer accepts an acknowledgement: it then delivers the message again, to any consumer. */
  readonly signal: AbortSignal;
  /** Why it is not given to a handler at all: it is too large. */
  readonly refused?: ServiceError;
  /** Calls what Nest made of the handler. */
  run(handler: MessageHandler): unknown;
  /** Resolves once the broker has the message as a dead letter, with these headers beside its own. */
  deadLetter(headers: Record<string, string>): Promise<void>;
  acknowledge(): void;
}

export interface ConsumerOptions {
  /** Attempts before a message whose failure may pass becomes a dead letter: 5. */
  attempts?: number;
  /** By the name of the operation or the event. */
  handlers: ReadonlyMap<string, MessageHandler>;
  /** The queue or the topic that a handler is bound to, without prefix. */
  destinationOf(handler: MessageHandler): string;
  /** Whether a destination also carries messages for other services: those are skipped, not dead letters. */
  isShared?(destination: string): boolean;
}

/** Handles the messages that nobody waits for, over every broker: attempts, retries, dead letters, acknowledgement. */
export class Consumer {
  private readonly stuck = new Set<ConsumedMessage>();

  constructor(private readonly options: ConsumerOptions) {}

  /** Whether a dead letter waits because the broker did not accept it yet. */
  get isStuck(): boolean {
    return this.stuck.size > 0;
  }

  /** Resolves once the message is acknowledged; rejects if its signal aborts. */
  consume(consumed: ConsumedMessage): Promise<void> {
    const { transport, signal } = consumed;
    const metadata = traced(consumed.metadata); // one trace for all attempts
    const message = { ...consumed, metadata };
    return runInContext({ transport, metadata, signal, receivedAt: performance.now() }, () => this.settle(message));
  }

  private async settle(message: ConsumedMessage): Promise<void> {
    const { handlers, destinationOf, isShared } = this.options;
    const handler = handlers.get(message.name);
    if (handler && destinationOf(handler) === message.destination) {
      const { refused } = message;
      const failure = refused ? { error: refused, attempts: 0 } : await this.attempt(message, handler);
      if (failure) await this.deadLetter(message, failure);
    } else if (message.name && isShared?.(message.destination)) observe(observed('skipped', message));
    else await this.deadLetter(message, { error: unknownOperation(message.name), attempts: 0 });
    message.acknowledge();
  }

  private attempt(message: ConsumedMessage, handler: MessageHandler): Promise<Failure | undefined> {
    const work = () =>
      lastValueFrom(
        handle(message, () => message.run(handler)),
        { defaultValue: undefined },
      );
    return attempt(work, {
      attempts: this.options.attempts ?? 5,
      signal: message.signal,
      onRetry: (failure) => observe({ ...observed('retried', message), ...failure }),
    });
  }

  /** Retries until the broker has the dead letter: only then may the message be acknowledged. */
  private async deadLetter(message: ConsumedMessage, failure: Failure): Promise<void> {
    const headers = deadLetterHeaders(failure, message.origin);
    try {
      for (let count = 1; !(await this.isTaken(message, headers)); count++)
        await sleep(backoff(count), undefined, { signal: message.signal });
      observe({ ...observed('dead-lettered', message), ...failure });
    } finally {
      this.stuck.delete(message);
    }
  }

  private async isTaken(message: ConsumedMessage, headers: Record<string, string>): Promise<boolean> {
    try {
      await message.deadLetter(headers);
      return true;
    } catch (thrown) {
      message.signal.throwIfAborted();
      this.stuck.add(message);
      observe({ ...observed('dead-letter-failed', message), error: thrown as Error });
      return false;
    }
  }
}

const observed = (event: Observation['event'], { transport, name, origin }: ConsumedMessage): Observation => ({
  event,
  transport,
  operation: name,
  place: origin,
});

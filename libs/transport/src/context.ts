import { AsyncLocalStorage } from 'node:async_hooks';
import type { TransportName } from '@fourfold/contracts/contract';
import type { Metadata } from '@fourfold/contracts/metadata';
import { callCancelled, deadlineExceeded, invalidInput } from './errors.ts';
import { received } from './metadata.ts';
import { deadlineSignal } from './time.ts';
import type { IdempotencyKey, IncomingMessage } from './transport.ts';

/** What surrounds the handling of one message. The same on every transport. */
export interface MessageContext {
  readonly transport: TransportName;
  /** All that came with the message; `traceparent` is the span of this handling. */
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; absent if nobody waits, and once a stream has begun. */
  readonly deadline?: number;
  /** `performance.now()` when the message was received. */
  readonly receivedAt: number;
  /**
   * Aborts at the deadline, and when the caller goes away; its reason is a ServiceError. Queries and calls to other services
   * that the handler makes end with it.
   */
  readonly signal: AbortSignal;
  readonly idempotencyKey?: IdempotencyKey;
  /** Of a stream: resolves when the caller can take more; undefined if it can now. */
  readonly ready?: () => Promise<void> | undefined;
}

/** Default deadline, in milliseconds, for callers that send none. */
export const DEFAULT_DEADLINE = 10_000;

/** Milliseconds. */
const TIMERS_DIFFER = 5;

const storage = new AsyncLocalStorage<MessageContext>();

/** The context of the message being handled; undefined outside of any. */
export const currentMessage = (): MessageContext | undefined => storage.getStore();

export const runInContext = <T>(context: MessageContext, run: () => T): T => storage.run(context, run);

/** Work that outlives the message being handled, or is done for others too: no deadline and no signal end it. */
export const runOutside = <T>(run: () => T): T => storage.exit(run);

const begun = new WeakMap<MessageContext, () => void>();

/** The message being handled is a stream that has sent its first message: its deadline is met, and it may last longer. */
export const streamBegun = (): void => {
  const context = currentMessage();
  if (context) begun.get(context)?.();
};

/** The context of a message that was received. `onStream` is called if a stream begins. Call `close` when it is handled. Throws INVALID_ARGUMENT for a malformed key. */
export const openContext = (
  message: IncomingMessage,
  onStream: () => void = () => {},
): { context: MessageContext; abort: () => void; close: () => void } => {
  const { transport, name, isCall, deadline = isCall ? Date.now() + DEFAULT_DEADLINE : undefined } = message;
  const idempotencyKey = checkedKey(message.idempotencyKey);
  const metadata = received(message.metadata);
  const { signal, abort, clear } = deadlineSignal(deadline, () => deadlineExceeded(name));
  const receivedAt = performance.now();
  const { ready } = message;
  const context: Writable = { transport, metadata, receivedAt, deadline, signal, idempotencyKey, ready };
  begun.set(context, () => {
    clear();
    context.deadline = undefined;
    onStream();
  });
  const close = () => {
    clear();
    // a call of the handler has the same deadline, and may have ended the message before this timer: other work must end, too
    if (context.deadline !== undefined && context.deadline - TIMERS_DIFFER <= Date.now()) abort(deadlineExceeded(name));
  };
  return { context, abort: () => abort(callCancelled(name)), close };
};

type Writable = { -readonly [K in keyof MessageContext]: MessageContext[K] };

/** What every transport can carry and every database can index. */
const KEY = /^[ -~]{1,255}$/;

/** An empty key counts as absent. */
const checkedKey = (key: IdempotencyKey | undefined): IdempotencyKey | undefined => {
  if (typeof key?.id !== 'string' || !key.id) return undefined;
  if (KEY.test(key.id)) return key;
  const message = 'the idempotency key must be 1 to 255 printable ASCII characters';
  throw invalidInput([{ path: 'idempotencyKey', rule: 'matches', message }]);
};

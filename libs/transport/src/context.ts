import { AsyncLocalStorage } from 'node:async_hooks';
import type { TransportName } from '@fourfold/contracts/contract';
import type { Metadata } from '@fourfold/contracts/metadata';
import { invalidInput } from './errors.ts';
import { received } from './metadata.ts';
import { deadlineSignal } from './time.ts';
import type { IdempotencyKey, IncomingMessage } from './transport.ts';

/** What surrounds the handling of one message. The same on every transport. */
export interface MessageContext {
  readonly transport: TransportName;
  /** All that came with the message; `traceparent` is the span of this handling. */
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; absent if nobody waits. */
  readonly deadline?: number;
  /** `performance.now()` when the message was received. */
  readonly receivedAt: number;
  /** Aborts at the deadline, and when the caller goes away. */
  readonly signal: AbortSignal;
  readonly idempotencyKey?: IdempotencyKey;
}

/** Default deadline, in milliseconds, for callers that send none. */
export const DEFAULT_DEADLINE = 10_000;

const storage = new AsyncLocalStorage<MessageContext>();

/** The context of the message being handled; undefined outside of any. */
export const currentMessage = (): MessageContext | undefined => storage.getStore();

export const runInContext = <T>(context: MessageContext, run: () => T): T => storage.run(context, run);

/** The context of a message that was received. Call `close` when it is handled. Throws INVALID_ARGUMENT for a malformed key. */
export const openContext = (
  message: IncomingMessage,
): { context: MessageContext; abort: () => void; close: () => void } => {
  const { transport, isCall, deadline = isCall ? Date.now() + DEFAULT_DEADLINE : undefined } = message;
  const idempotencyKey = checkedKey(message.idempotencyKey);
  const metadata = received(message.metadata);
  const { signal, abort, clear } = deadlineSignal(deadline);
  const context = { transport, metadata, receivedAt: performance.now(), deadline, signal, idempotencyKey };
  return { context, abort, close: clear };
};

/** What every transport can carry and every database can index. */
const KEY = /^[ -~]{1,255}$/;

/** An empty key counts as absent. */
const checkedKey = (key: IdempotencyKey | undefined): IdempotencyKey | undefined => {
  if (typeof key?.id !== 'string' || !key.id) return undefined;
  if (KEY.test(key.id)) return key;
  const message = 'the idempotency key must be 1 to 255 printable ASCII characters';
  throw invalidInput([{ path: 'idempotencyKey', rule: 'matches', message }]);
};

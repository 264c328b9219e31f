import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

export type TransportName = 'http' | 'grpc' | 'rabbitmq' | 'kafka';

/** What surrounds the handling of one message. The same on every transport. */
export interface CallContext {
  readonly transport: TransportName;
  /** W3C Trace Context: `00-<32 hex>-<16 hex>-<2 hex>`. */
  readonly traceparent: string;
  /** Milliseconds since the epoch; absent where nobody waits. */
  readonly deadline?: number;
  /** Aborts at the deadline, and when the caller goes away. */
  readonly signal: AbortSignal;
  /** Names the message among its redeliveries: HTTP `Idempotency-Key`, gRPC metadata, AMQP `messageId`, CloudEvents `id`. */
  readonly idempotencyKey?: string;
}

const storage = new AsyncLocalStorage<CallContext>();

/** The context of the message in hand; undefined outside of any. */
export const currentCall = (): CallContext | undefined => storage.getStore();

export const runInContext = <T>(context: CallContext, run: () => T): T => storage.run(context, run);

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace id of a `traceparent`, 32 hex digits. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** A span of the same trace, or of a new one where what came is absent or malformed. */
export const continueTrace = (traceparent?: string): string => {
  const trace = TRACEPARENT.exec(traceparent ?? '')?.[1] ?? randomBytes(16).toString('hex');
  return `00-${trace}-${randomBytes(8).toString('hex')}-01`;
};

/** Milliseconds that a caller is taken to wait who does not say how long. */
export const LONGEST_CALL = 10_000;
/** setTimeout takes no more: what is farther away gets no timer. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Milliseconds left until `deadline`, as a timer takes them. */
export const timeLeft = (deadline: number): number => Math.min(deadline - Date.now(), LONGEST_TIMER);

/** A signal that aborts at `deadline`; clear it when the work is done. */
export const deadlineSignal = (deadline?: number): { signal: AbortSignal; abort: () => void; clear: () => void } => {
  const controller = new AbortController();
  const timer = deadline === undefined ? undefined : setTimeout(() => controller.abort(), timeLeft(deadline));
  return { signal: controller.signal, abort: () => controller.abort(), clear: () => clearTimeout(timer) };
};

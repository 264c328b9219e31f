import type { PreRequestHook } from '@nestjs/common';
import { Observable, throwError } from 'rxjs';
import { type CallContext, currentCall, deadlineSignal, LONGEST_CALL, runInContext } from './context.ts';
import { deadlineExceeded } from './errors.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { inTime } from './in-time.ts';

/** What a transport knows of a message before its handler runs. */
export type Envelope = Omit<CallContext, 'signal'> & {
  /** `package.Service/Method`, for the error when it came too late. */
  name: string;
  /** Somebody waits for its one answer: it has a deadline also where none was given. */
  isCall?: boolean;
  /** Calls back when the caller goes away. */
  onCancel?: (abort: () => void) => void;
};

const envelopes = new WeakMap<object, Envelope>();

/** A transport's server leaves here, by Nest's RPC context object, what `rpcContextHook` makes the call context of. */
export const setEnvelope = (context: object, envelope: Envelope): void => {
  envelopes.set(context, envelope);
};

/** Runs guards, interceptors, pipes and handler in the call context; refuses what is past its deadline. */
export const rpcContextHook: PreRequestHook = (context, next) => {
  const envelope = envelopes.get(context.getArgByIndex(1));
  if (!envelope || currentCall()) return next();
  const { name, onCancel, isCall, ...given } = envelope;
  if (given.deadline !== undefined && given.deadline <= Date.now()) return throwError(() => deadlineExceeded(name));
  return new Observable((subscriber) => {
    const idempotencyKey = readIdempotencyKey(given.idempotencyKey);
    const deadline = given.deadline ?? (isCall ? Date.now() + LONGEST_CALL : undefined);
    const { signal, abort, clear } = deadlineSignal(deadline);
    onCancel?.(abort);
    const call = { ...given, idempotencyKey, deadline, signal };
    const subscription = runInContext(call, () => inTime(next(), name).subscribe(subscriber));
    return () => {
      clear();
      subscription.unsubscribe();
    };
  });
};

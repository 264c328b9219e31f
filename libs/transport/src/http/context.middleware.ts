import type { IncomingMessage, ServerResponse } from 'node:http';
import { continueTrace, deadlineSignal, runInContext } from '../context.ts';
import { deadlineExceeded } from '../errors.ts';
import { invalidInput } from '../validation.ts';

/** Milliseconds that the caller still waits, as the Connect protocol names it. */
export const TIMEOUT_HEADER = 'connect-timeout-ms';

/** An idempotency key that every transport can carry and every database can index. */
const IDEMPOTENCY_KEY = /^[ -~]{1,255}$/;

/** The call context of a request; node's own request and response, so that every HTTP adapter of Nest can use it. */
export const contextMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void => {
  const timeout = Number(request.headers[TIMEOUT_HEADER] ?? Number.NaN);
  const deadline = Number.isNaN(timeout) ? undefined : Date.now() + timeout;
  if (deadline !== undefined && timeout <= 0) return next(deadlineExceeded(`${request.method} ${request.url}`));
  const { traceparent, 'idempotency-key': idempotencyKey } = request.headers as Record<string, string | undefined>;
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    const message = 'Idempotency-Key must be 1 to 255 printable ASCII characters';
    return next(invalidInput([{ path: 'Idempotency-Key', rule: 'matches', message }]));
  }
  const { signal, abort, clear } = deadlineSignal(deadline);
  response.once('close', () => {
    clear();
    abort();
  });
  const context = {
    transport: 'http',
    traceparent: continueTrace(traceparent),
    deadline,
    signal,
    idempotencyKey,
  } as const;
  runInContext(context, next);
};

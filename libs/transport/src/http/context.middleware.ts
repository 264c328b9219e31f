import type { IncomingMessage, ServerResponse } from 'node:http';
import { continueTrace, deadlineSignal, runInContext } from '../context.ts';
import { deadlineExceeded } from '../errors.ts';

/** Milliseconds that the caller still waits, as the Connect protocol names it. */
export const TIMEOUT_HEADER = 'connect-timeout-ms';

/** The call context of a request; node's own request and response, so that every HTTP adapter of Nest can use it. */
export const contextMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void => {
  const timeout = Number(request.headers[TIMEOUT_HEADER] ?? Number.NaN);
  const deadline = Number.isNaN(timeout) ? undefined : Date.now() + timeout;
  if (deadline !== undefined && timeout <= 0) return next(deadlineExceeded(`${request.method} ${request.url}`));
  const { signal, abort, clear } = deadlineSignal(deadline);
  response.once('close', () => {
    clear();
    abort();
  });
  const { traceparent, 'idempotency-key': idempotencyKey } = request.headers as Record<string, string | undefined>;
  const context = {
    transport: 'http',
    traceparent: continueTrace(traceparent),
    deadline,
    signal,
    idempotencyKey,
  } as const;
  runInContext(context, next);
};

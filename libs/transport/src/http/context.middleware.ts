import type { IncomingMessage, ServerResponse } from 'node:http';
import { continueTrace, deadlineSignal, LONGEST_CALL, runInContext } from '../context.ts';
import { deadlineExceeded } from '../errors.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { invalidInput } from '../validation.ts';

/** Milliseconds that the caller still waits, as the Connect protocol names it. */
export const TIMEOUT_HEADER = 'connect-timeout-ms';

/** Whether the server takes requests: no more once it is told to close. */
const isListening = ({ socket }: IncomingMessage): boolean =>
  (socket as { server?: { listening?: boolean } }).server?.listening ?? true;

/** The call context of a request; node's own request and response, so that every HTTP adapter of Nest can use it. */
export const contextMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void => {
  const { traceparent, 'idempotency-key': key, [TIMEOUT_HEADER]: timeout } = request.headers as Record<string, string>;
  let idempotencyKey: string | undefined;
  let given: number | undefined;
  try {
    idempotencyKey = readIdempotencyKey(key);
    given = timeout === undefined ? undefined : Date.now() + readTimeout(timeout);
  } catch (thrown) {
    return next(thrown);
  }
  if (given !== undefined && given <= Date.now()) return next(deadlineExceeded(`${request.method} ${request.url}`));
  const { signal, abort, clear } = deadlineSignal(given);
  response.once('close', () => {
    clear();
    abort();
    // Node waits for the client of a kept-alive connection to leave, once its last request is answered
    if (!isListening(request)) request.socket.end();
  });
  const context = {
    transport: 'http',
    traceparent: continueTrace(traceparent),
    deadline: given ?? Date.now() + LONGEST_CALL,
    signal,
    idempotencyKey,
  } as const;
  runInContext(context, next);
};

/** As the Connect protocol has it: at most ten digits. */
const readTimeout = (given: string): number => {
  if (/^\d{1,10}$/.test(given)) return Number(given);
  throw invalidInput([{ path: TIMEOUT_HEADER, rule: 'matches', message: `${TIMEOUT_HEADER} must be 1 to 10 digits` }]);
};

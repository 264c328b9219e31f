import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { type Code, HTTP_STATUS, ServiceError, type Violation } from '@fourfold/contracts/service-error';
import { boundedError, firstViolations } from './bounded-error.ts';

/** RFC 9457 problem details, with google.rpc's code and the reason that callers branch on. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: Code;
  reason: string;
  violations?: Violation[];
  /** How many more there are than `violations` lists. */
  omittedViolations?: number;
  metadata?: Record<string, string>;
}
export const PROBLEM_JSON = 'application/problem+json';

/** How an error looks as JSON: the body over HTTP, the reply over RabbitMQ. */
export const problemOf = (error: ServiceError): Problem => {
  const { code, reason, message, httpStatus, details } = boundedError(error);
  return {
    title: STATUS_CODES[httpStatus] ?? code,
    status: httpStatus,
    detail: message,
    code,
    reason,
    ...(details.violations && { violations: details.violations }),
    ...(details.omittedViolations && { omittedViolations: details.omittedViolations }),
    ...(details.metadata && { metadata: details.metadata }),
  };
};

/** The error that a problem was: the caller's end of `problemOf`. Anything else becomes UNKNOWN. */
export const errorOf = (
  problem: Partial<Problem> | undefined,
  fallback = 'the answer is not a problem document',
): ServiceError => {
  const { code, reason, detail, status, violations, omittedViolations, metadata } = problem ?? {};
  if (!code || !(code in HTTP_STATUS) || !reason) return new ServiceError('UNKNOWN', 'UNKNOWN', fallback);
  return new ServiceError(code, reason, detail ?? reason, {
    ...(violations && { violations }),
    ...(omittedViolations && { omittedViolations }),
    ...(metadata && { metadata }),
    ...(status !== undefined && status !== HTTP_STATUS[code] && { httpStatus: status }),
  });
};

const CODE_OF_STATUS: Record<number, Code> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  413: 'RESOURCE_EXHAUSTED',
  429: 'RESOURCE_EXHAUSTED',
  501: 'UNIMPLEMENTED',
  505: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const codeOfStatus = (status: number): Code =>
  CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');

/** The expected failure that `thrown` is, if it is one: ours, or one of Nest's exceptions. */
export const expectedErrorOf = (thrown: unknown): ServiceError | undefined => {
  if (thrown instanceof ServiceError) return thrown;
  if (isAbandoned(thrown)) return expectedErrorOf(thrown.cause);
  if (thrown instanceof HttpException && thrown.getStatus() < 500) return ofStatus(thrown.getStatus(), thrown.message);
  // a guard that returns false is an HttpException over HTTP, and this over the others
  if (thrown instanceof RpcException)
    return ofStatus(thrown.message === 'Forbidden resource' ? 403 : 400, thrown.message);
  return undefined;
};

/** Whether it failed since nobody waits for it any more. Drizzle wraps what a query rejects with. */
const isAbandoned = (thrown: unknown): thrown is Error =>
  thrown instanceof Error &&
  (thrown.cause instanceof ServiceError ? ABANDONED.has(thrown.cause.code) : isAbandoned(thrown.cause));
const ABANDONED = new Set<Code>(['CANCELLED', 'DEADLINE_EXCEEDED']);

/** The error of an HTTP status, for what names no code. */
export const ofStatus = (status: number, message: string): ServiceError => {
  const code = codeOfStatus(status);
  const reason = (STATUS_CODES[status] ?? code).toUpperCase().replace(/[^A-Z]+/g, '_');
  return new ServiceError(code, reason, message, HTTP_STATUS[code] === status ? {} : { httpStatus: status });
};

/** Any failure as one that may leave the process: what was not expected keeps its insides here, as the cause. */
export const toServiceError = (thrown: unknown): ServiceError => {
  const expected = expectedErrorOf(thrown);
  if (expected) return expected;
  if (isOutage(thrown)) return unavailable('a dependency of this service is unavailable', thrown);
  return isConflict(thrown)
    ? new ServiceError('ABORTED', 'ABORTED', 'another request changed the same data', {}, { cause: thrown })
    : new ServiceError('INTERNAL', 'INTERNAL', 'internal error', {}, { cause: thrown });
};

/** Whether a failure is a bug: neither declared by a contract, nor one of Nest's exceptions, nor one that passes by itself. */
export const isUnexpected = (thrown: unknown): boolean =>
  !expectedErrorOf(thrown) && !isOutage(thrown) && !isConflict(thrown);

/** Connections refused, lost or not had in time (libuv). */
const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN)$/;
/**
 * PostgreSQL (Appendix A): 08 connection, 53 too few resources, 57P shutdown and start, 58 system; 57014 and 55P03 a statement
 * or a lock took too long; 25006 this server only reads, after a failover; 25P03 and 57P05 a session was idle for too long.
 */
const POSTGRESQL = /^(08...|53...|57P..|58...|57014|55P03|25006|25P03)$/;
/** pg's own errors have no code. */
const PG_TEXT = /timeout exceeded when trying to connect|Connection terminated|^Query read timeout$|not queryable/;
/** PostgreSQL: serialization failure, deadlock. */
const CONFLICT = /^(40001|40P01)$/;

/** Whether something that the process depends on failed, rather than the process itself: it may be tried again. */
export const isOutage = (thrown: unknown): boolean => {
  if (thrown instanceof ServiceError) return thrown.code === 'UNAVAILABLE';
  if (!(thrown instanceof Error)) return false;
  const code = String((thrown as NodeJS.ErrnoException).code);
  return NETWORK.test(code) || POSTGRESQL.test(code) || PG_TEXT.test(thrown.message) || isOutage(thrown.cause);
};

const isConflict = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (CONFLICT.test(String((thrown as NodeJS.ErrnoException).code)) || isConflict(thrown.cause));

/** Why something failed, on one line: the innermost message; of several (Happy Eyeballs), the first. */
export const causeOf = (thrown: unknown): string => {
  let error = thrown instanceof AggregateError && !thrown.message ? thrown.errors[0] : thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause; // of Drizzle, the outer text is the query
  const { message, code } = (error ?? {}) as NodeJS.ErrnoException;
  return String(message || code || error || 'closed').replace(/\s+/g, ' ');
};

/** Trying again cannot help: a port in use, a refused broker. Its message is one line. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** The largest message that any transport takes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export const messageTooLarge = (): ServiceError =>
  new ServiceError('RESOURCE_EXHAUSTED', 'PAYLOAD_TOO_LARGE', 'the message is larger than 1 MiB', { httpStatus: 413 });

/** Lists the first 20 violations and counts the others. */
export const invalidInput = (violations: Violation[]): ServiceError => {
  const details = firstViolations(violations);
  const message = `invalid input: ${details.violations![0]?.message ?? ''}`;
  return new ServiceError('INVALID_ARGUMENT', 'INVALID_INPUT', message, details);
};

/** No handler here; `name` is empty if the message does not name an operation. */
export const unknownOperation = (name: string): ServiceError =>
  name
    ? new ServiceError('UNIMPLEMENTED', 'UNKNOWN_OPERATION', `unknown operation ${JSON.stringify(name)}`)
    : new ServiceError('INVALID_ARGUMENT', 'FOREIGN_MESSAGE', 'the message has no type');

/** The contract does not bind the operation to this transport. */
export const notBound = (name: string, transport: string): ServiceError =>
  new ServiceError('UNIMPLEMENTED', 'NOT_BOUND', `${name} is not bound to ${transport}`);

export const unavailable = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('UNAVAILABLE', 'UNAVAILABLE', message, {}, { cause });

/** The handler was not called: the service starts. */
export const notReady = (): ServiceError => new ServiceError('UNAVAILABLE', 'NOT_READY', 'the service is not ready');

/** What streams end with when their service stops: another replica goes on. */
export const stopping = (): ServiceError => new ServiceError('UNAVAILABLE', 'STOPPING', 'the service is stopping');

/** The handler was not called: the service is overloaded. */
export const overloaded = (): ServiceError =>
  new ServiceError('RESOURCE_EXHAUSTED', 'OVERLOADED', 'the service is overloaded', { httpStatus: 503 });

const unsent = new WeakSet<ServiceError>();

/** There is no connection to the service: the call has not left this process. */
export const notConnected = (cause?: unknown): ServiceError => {
  const error = unavailable('the service is not available', cause);
  unsent.add(error);
  return error;
};
/** Whether this process did not even send the call; of an error that another service sent, never. */
export const wasNotSent = (error: ServiceError): boolean => unsent.has(error);

/** The call was not sent, because most calls before it failed. */
export const circuitOpen = (service: string): ServiceError =>
  new ServiceError('UNAVAILABLE', 'CIRCUIT_OPEN', `${service} is not called for a moment: most calls to it failed`);

/** What calls in flight fail with, and all later ones. */
export const clientClosed = (): ServiceError => unavailable('the client was closed');

/** Nobody waits for the answer any more. */
export const callCancelled = (name: string): ServiceError =>
  new ServiceError('CANCELLED', 'CANCELLED', `the caller of ${name} does not wait any more`);

export const deadlineExceeded = (name: string): ServiceError =>
  new ServiceError('DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', `${name} exceeded its deadline`);

/** The answer of another service that is not what its contract says. */
export const malformedAnswer = (name: string): ServiceError =>
  new ServiceError('UNKNOWN', 'UNKNOWN', `${name} answered what is not JSON`);

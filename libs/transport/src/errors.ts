import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { type Code, HTTP_STATUS, ServiceError, type Violation } from '@fourfold/contracts/service-error';

/** RFC 9457 problem details, with google.rpc's code and the reason that callers branch on. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: Code;
  reason: string;
  violations?: Violation[];
  metadata?: Record<string, string>;
}
export const PROBLEM_JSON = 'application/problem+json';

/** How an error looks as JSON: the body over HTTP, the reply over RabbitMQ. */
export const problemOf = ({ code, reason, message, httpStatus, details }: ServiceError): Problem => ({
  title: STATUS_CODES[httpStatus] ?? code,
  status: httpStatus,
  detail: message,
  code,
  reason,
  ...(details.violations && { violations: details.violations }),
  ...(details.metadata && { metadata: details.metadata }),
});

/** The error that a problem was: the caller's end of `problemOf`. Anything else becomes UNKNOWN. */
export const errorOf = (
  problem: Partial<Problem> | undefined,
  fallback = 'the answer is no problem document',
): ServiceError => {
  const { code, reason, detail, status, violations, metadata } = problem ?? {};
  if (!code || !(code in HTTP_STATUS) || !reason) return new ServiceError('UNKNOWN', 'UNKNOWN', fallback);
  return new ServiceError(code, reason, detail ?? reason, {
    ...(violations && { violations }),
    ...(metadata && { metadata }),
    ...(status !== undefined && status !== HTTP_STATUS[code] && { httpStatus: status }),
  });
};

const CODE_OF_STATUS: Record<number, Code> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  413: 'RESOURCE_EXHAUSTED',
  429: 'RESOURCE_EXHAUSTED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const codeOfStatus = (status: number): Code =>
  CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');

/** What `http-errors` makes, and so body parsers: meant for the client when `expose` is true. */
interface ExposedHttpError {
  status: number;
  expose: true;
  message: string;
}
const isExposed = (thrown: unknown): thrown is ExposedHttpError =>
  thrown instanceof Error && 'expose' in thrown && thrown.expose === true && 'status' in thrown;

/** The expected failure that `thrown` is, if it is one: ours, or one of Nest's exceptions. */
export const expected = (thrown: unknown): ServiceError | undefined => {
  if (thrown instanceof ServiceError) return thrown;
  if (thrown instanceof HttpException && thrown.getStatus() < 500) return ofStatus(thrown.getStatus(), thrown.message);
  if (isExposed(thrown)) return ofStatus(thrown.status, thrown.message);
  // a guard that returns false is an HttpException over HTTP, and this over the others
  if (thrown instanceof RpcException)
    return ofStatus(thrown.message === 'Forbidden resource' ? 403 : 400, thrown.message);
  return undefined;
};

/** Express's body parser, however it is wrapped. */
const BODY_TOO_LARGE = 'request entity too large';

const ofStatus = (status: number, message: string): ServiceError => {
  if (status === 413 && message === BODY_TOO_LARGE) return messageTooLarge();
  const code = codeOfStatus(status);
  const reason = (STATUS_CODES[status] ?? code).toUpperCase().replace(/[^A-Z]+/g, '_');
  return new ServiceError(code, reason, message, HTTP_STATUS[code] === status ? {} : { httpStatus: status });
};

/** Any failure as one that may leave the process: what was not expected keeps its insides here. */
export const toServiceError = (thrown: unknown): ServiceError =>
  expected(thrown) ??
  (isOutage(thrown)
    ? new ServiceError(
        'UNAVAILABLE',
        'UNAVAILABLE',
        'something that this service needs is not there',
        {},
        { cause: thrown },
      )
    : new ServiceError('INTERNAL', 'INTERNAL', 'internal error', {}, { cause: thrown }));

/** Connections refused, lost or not had in time; PostgreSQL's classes 08 and 57P (Appendix A), and pg's full pool, which has no code. */
const OUTAGE = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08...|57P..)$/;
const OUTAGE_TEXT = /timeout exceeded when trying to connect|Connection terminated/;

/** Whether something that the process stands on failed, rather than the process itself: it may be tried again. */
const isOutage = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  return OUTAGE.test(String(code)) || OUTAGE_TEXT.test(thrown.message) || isOutage(thrown.cause);
};

/** The largest message that any transport takes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export const messageTooLarge = (): ServiceError =>
  new ServiceError('RESOURCE_EXHAUSTED', 'PAYLOAD_TOO_LARGE', 'the message is larger than 1 MiB', { httpStatus: 413 });

/** What nobody here handles; empty where a message does not say what it is. */
export const unknownOperation = (name: string): ServiceError =>
  name
    ? new ServiceError('UNIMPLEMENTED', 'UNKNOWN_OPERATION', `${JSON.stringify(name)} is no operation here`)
    : new ServiceError('INVALID_ARGUMENT', 'FOREIGN_MESSAGE', 'the message does not say what it is');

/** What calls in flight fail with, and all later ones. */
export const clientClosed = (): ServiceError => new ServiceError('UNAVAILABLE', 'UNAVAILABLE', 'the client was closed');

export const deadlineExceeded = (name: string): ServiceError =>
  new ServiceError('DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', `${name} was not done before its deadline`);

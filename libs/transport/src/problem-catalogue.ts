/** What a client can find out about an error by its reason: those of the transports, and those that contracts define. */
import { STATUS_CODES } from 'node:http';
import { type Code, definedErrors, HTTP_STATUS } from '@fourfold/contracts/service-error';

export interface ProblemType {
  reason: string;
  code: Code;
  /** Over HTTP. */
  status: number;
  title: string;
  description: string;
}

/** What the transports themselves refuse, and what whoever is refused can do. A reason with two codes has the usual one. */
const TRANSPORTS: [reason: string, code: Code, description: string, status?: number][] = [
  ['INVALID_INPUT', 'INVALID_ARGUMENT', 'The input breaks a rule. Its violations say where, and which.'],
  ['BAD_REQUEST', 'INVALID_ARGUMENT', 'The request is not HTTP, or its body did not come whole.'],
  ['FOREIGN_MESSAGE', 'INVALID_ARGUMENT', 'The message does not name an operation.'],
  ['NOT_FOUND', 'NOT_FOUND', 'Nothing has this URI. Paths are case-sensitive, and have no slash at their end.'],
  ['METHOD_NOT_ALLOWED', 'UNIMPLEMENTED', 'The URI does not have this method. Allow lists those that it has.', 405],
  ['NOT_IMPLEMENTED', 'UNIMPLEMENTED', 'No URI of this service has this method.'],
  ['NOT_ACCEPTABLE', 'INVALID_ARGUMENT', 'The Accept header excludes all that can be answered.', 406],
  ['UNSUPPORTED_MEDIA_TYPE', 'INVALID_ARGUMENT', 'The body is not of a media type that is read.', 415],
  ['EXPECTATION_FAILED', 'INVALID_ARGUMENT', 'The only expectation is 100-continue.', 417],
  ['PAYLOAD_TOO_LARGE', 'RESOURCE_EXHAUSTED', 'The message is larger than 1 MiB.', 413],
  ['URI_TOO_LONG', 'INVALID_ARGUMENT', 'The URI is longer than 8 KiB.', 414],
  ['REQUEST_HEADER_FIELDS_TOO_LARGE', 'INVALID_ARGUMENT', 'All header fields together are larger than 16 KiB.', 431],
  ['HTTP_VERSION_NOT_SUPPORTED', 'UNIMPLEMENTED', 'The version is neither HTTP/1.1 nor HTTP/1.0.', 505],
  ['REQUEST_TIMEOUT', 'DEADLINE_EXCEEDED', 'The request was not sent in time.', 408],
  ['UNAUTHORIZED', 'UNAUTHENTICATED', 'The caller did not say who it is.'],
  ['FORBIDDEN', 'PERMISSION_DENIED', 'The caller may not do this.'],
  ['TOO_MANY_REQUESTS', 'RESOURCE_EXHAUSTED', 'The caller asks too often. Retry-After says when to come again.'],
  ['UNKNOWN_OPERATION', 'UNIMPLEMENTED', 'No handler has the operation.'],
  ['NOT_BOUND', 'UNIMPLEMENTED', 'The contract does not bind the operation to this transport.'],
  ['OVERLOADED', 'RESOURCE_EXHAUSTED', 'Too many calls are running. Retry-After says when to come again.', 503],
  ['NOT_READY', 'UNAVAILABLE', 'The service is starting. Retry-After says when to come again.'],
  ['STOPPING', 'UNAVAILABLE', 'The service is stopping: another replica answers.'],
  ['UNAVAILABLE', 'UNAVAILABLE', 'Something that the service depends on is away.'],
  ['CIRCUIT_OPEN', 'UNAVAILABLE', 'A service behind this one is not called for a moment: most calls to it failed.'],
  ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', 'The call took longer than its caller waits. It may have been done.'],
  ['CANCELLED', 'CANCELLED', 'The caller went away.'],
  ['ABORTED', 'ABORTED', 'Another request changed the same data. Try again.'],
  ['SLOW_READER', 'RESOURCE_EXHAUSTED', 'The stream was ended: its reader did not keep up.'],
  ['INTERNAL', 'INTERNAL', 'A bug of the service. The logs have its trace id.'],
  ['UNKNOWN', 'UNKNOWN', 'A service behind this one answered what nobody understands.'],
];

/** Every kind of error that this process knows, by its reason. */
export const problemCatalogue = (): ProblemType[] => [
  ...TRANSPORTS.map(([reason, code, description, status = HTTP_STATUS[code]]) =>
    typeOf({ reason, code, status, description }),
  ),
  ...[...definedErrors.values()].map(({ reason, code, httpStatus = HTTP_STATUS[code], describe }) =>
    typeOf({ reason, code, status: httpStatus, description: messageOf(describe) }),
  ),
];

export const isInCatalogue = (reason: string): boolean => OWN.has(reason) || definedErrors.has(reason);
const OWN = new Set(TRANSPORTS.map(([reason]) => reason));

const typeOf = (type: Omit<ProblemType, 'title'>): ProblemType => ({
  ...type,
  title: STATUS_CODES[type.status] ?? type.code,
});

/** The message of a defined error with the names of its facts in place of them: `{productId} is out of stock`. */
const messageOf = (describe: (facts: any) => { message: string }): string => {
  const names = new Proxy({}, { get: (_, name) => `{${String(name)}}` });
  try {
    return describe(names).message;
  } catch {
    return ''; // it does more with a fact than to write it down
  }
};

import type { ServerResponse as Response } from 'node:http';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { PROBLEM_JSON, problemOf } from '../errors.ts';

const answered = new WeakSet<object>();

/** Whether `refuse` has answered the request: what the application makes of it afterwards is of no use. */
export const isAnswered = (response: object): boolean => answered.has(response);

/** Answers with a problem document, past the application. */
export const refuse = (response: Response, error: ServiceError): void => {
  answered.add(response);
  const body = JSON.stringify(problemOf(error));
  response.writeHead(error.httpStatus, { ...headersOf(error), 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

/** Seconds. */
const RETRY_AFTER = '1';

/** The header fields of a problem document. Whoever is refused for now hears when to come again (RFC 9110, section 10.2.3). */
export const headersOf = ({ httpStatus }: ServiceError): Record<string, string> => ({
  'content-type': PROBLEM_JSON,
  ...((httpStatus === 503 || httpStatus === 429) && { 'retry-after': RETRY_AFTER }),
});

import type { IncomingMessage as Request, ServerResponse as Response } from 'node:http';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { MAX_MESSAGE_BYTES, PROBLEM_JSON } from '../errors.ts';
import { currentMessage } from '../context.ts';
import { headersWith } from './errors.ts';
import { httpProblemOf } from './problem.ts';
import type { Answer } from './request/gate.ts';

const answered = new WeakSet<object>();

/** Whether `refuse` or `reply` has answered the request: what the application makes of it afterwards is of no use. */
export const isAnswered = (response: object): boolean => answered.has(response);

/** Answers with a problem document, past the application. */
export const refuse = (response: Response, error: ServiceError, headers: Record<string, string> = {}): void => {
  answered.add(response);
  forgetRepresentation(response);
  const { traceparent } = response.req.headers as Record<string, string | undefined>;
  const body = JSON.stringify(
    httpProblemOf(error, response.req, currentMessage()?.metadata['traceparent'] ?? traceparent),
  );
  if (hasLongRest(response.req)) response.setHeader('connection', 'close');
  response.writeHead(error.httpStatus, {
    ...headersOf(error),
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  if (hasLongRest(response.req)) endSlowly(response, body);
  else response.end(body);
};

/** Answers past the application. */
export const reply = (response: Response, { status, headers, error }: Answer): void => {
  if (error) return refuse(response, error, headers);
  answered.add(response);
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'content-length': 0 }) });
  response.end();
};

/** Seconds. */
const RETRY_AFTER = '1';

/** Of what was to be answered before it failed: none of it is true of the problem document. */
const REPRESENTATION = ['content-location', 'etag', 'last-modified', 'link', 'location'];

/** Takes back what a handler that failed has said of its answer. */
export const forgetRepresentation = (response: { removeHeader(name: string): unknown }): void => {
  for (const name of REPRESENTATION) response.removeHeader(name);
};

/** The policy of every answer that no route has stated one for. */
export const NO_STORE = 'no-store';

/** The header fields of a problem document. Whoever is refused for now hears when to come again (RFC 9110, section 10.2.3). */
export const headersOf = (error: ServiceError): Record<string, string> => ({
  'content-type': PROBLEM_JSON,
  'cache-control': NO_STORE, // the route's own is for its answer
  ...((error.httpStatus === 503 || error.httpStatus === 429) && { 'retry-after': RETRY_AFTER }),
  ...headersWith(error),
});

/** Milliseconds in which the rest of a body is still taken, and thrown away. */
const LINGER = 1000;

/** Whether more of the request is to come than anybody wants to read. */
export const hasLongRest = ({ complete, headers }: Request): boolean =>
  !complete &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_MESSAGE_BYTES);

/**
 * Sends the whole body, but ends the connection only when the client has stopped sending, or after a while. A connection that
 * is closed while bytes still come is reset, and the client may lose the answer (RFC 9112, section 9.6).
 */
const endSlowly = (response: Response, body: string): void => {
  response.write(body);
  const end = () => response.end();
  const timer = setTimeout(end, LINGER);
  response.req.once('close', () => clearTimeout(timer)).once('end', end);
  response.req.resume();
};

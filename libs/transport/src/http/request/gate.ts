import type { IncomingMessage as Request } from 'node:http';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { MAX_MESSAGE_BYTES, messageTooLarge, ofStatus, toServiceError } from '../../errors.ts';
import { pathPrefixOf } from '../path-prefix.ts';
import { isJson } from './body.ts';
import type { Routes } from './routes.ts';
import { readAbsolute, readTarget, type Target } from './target.ts';

/** Bytes of a request-target: RFC 9110, section 4.1, asks for 8,000 at least. */
const MAX_TARGET = 8192;

/** What neither a name nor an address nor a port has (RFC 9110, section 7.2). */
const NO_HOST = /[\s/?#@,\\]/;

/** An answer that needs no handler. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Of a refusal: the problem. */
  error?: ServiceError;
}

/** What must hold of every request before anything of the application sees it. Undefined lets it pass. */
export const checkRequest = (request: Request, routes: Routes): Answer | undefined => {
  const { method = '', httpVersion } = request;
  const absolute = readAbsolute(request.url!);
  if (absolute) {
    request.url = absolute.url;
    request.headers.host = absolute.host; // RFC 9112, section 3.2.2
  }
  if (httpVersion !== '1.0' && hostsOf(request) !== 1) return refusal(400, 'there must be one Host header');
  if (NO_HOST.test(request.headers.host ?? '')) return refusal(400, 'the Host header is no host');
  if (request.url!.length > MAX_TARGET) return refusal(414, `the URI is longer than ${MAX_TARGET} bytes`);
  const coding = request.headers['transfer-encoding']?.toLowerCase();
  if (coding !== undefined && coding !== 'chunked') {
    // RFC 9112, section 6.1: otherwise nobody knows where the body ends
    const status = /,\s*chunked$/.test(coding) ? 501 : 400;
    return refusal(status, 'the only transfer coding is chunked', { connection: 'close' });
  }
  if (!routes.knows(method)) return refusal(501, `no resource has the method ${method}`);
  if (method === 'OPTIONS' && request.url === '*') return options(routes.allMethods());
  let target: Target;
  try {
    target = readTarget(request.url!);
  } catch (thrown) {
    const error = toServiceError(thrown);
    return { status: error.httpStatus, headers: {}, error };
  }
  return checkTarget(request, target, routes) ?? checkLength(request);
};

/** Before the client that asks (`Expect: 100-continue`) is told to send it. */
const checkLength = (request: Request): Answer | undefined => {
  if (!(Number(request.headers['content-length']) > MAX_MESSAGE_BYTES) || !isJson(request)) return undefined;
  const error = messageTooLarge();
  return { status: error.httpStatus, headers: {}, error };
};

const checkTarget = (request: Request, { path, canonical }: Target, routes: Routes): Answer | undefined => {
  const { method = '' } = request;
  // a path of two slashes would be another host
  if (canonical && !path.startsWith('//'))
    return { status: 308, headers: { location: pathPrefixOf(request) + canonical } };
  if (routes.has(method, path)) return undefined;
  const methods = routes.methodsOf(path);
  if (methods && method === 'OPTIONS') return options(methods);
  if (methods) return refusal(405, `${path} has no ${method}`, { allow: methods.join(', ') });
  return canonical || routes.isMisspelled(path) ? refusal(404, `there is no ${path}`) : undefined;
};

const options = (methods: string[]): Answer => ({ status: 204, headers: { allow: methods.join(', ') } });

const refusal = (status: number, message: string, headers: Record<string, string> = {}): Answer => {
  const error = ofStatus(status, message);
  return { status, headers, error };
};

/** Node keeps the first of several. */
const hostsOf = ({ rawHeaders }: Request): number => {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]!.length === 4 && rawHeaders[index]!.toLowerCase() === 'host') count++;
  return count;
};

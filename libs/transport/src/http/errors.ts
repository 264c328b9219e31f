import type { IncomingMessage as Request } from 'node:http';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { ofStatus } from '../errors.ts';

const fields = new WeakMap<ServiceError, Record<string, string>>();

/** The error, which is answered with these header fields, too. */
export const withHeaders = (error: ServiceError, headers: Record<string, string>): ServiceError => {
  fields.set(error, headers);
  return error;
};

export const headersWith = (error: ServiceError): Record<string, string> | undefined => fields.get(error);

/** The body is of another media type than the one that is read. */
export const unsupportedMediaType = (
  { method }: Pick<Request, 'method'>,
  message = 'the body must be application/json',
): ServiceError => {
  // RFC 9110, section 15.5.16; Accept-Patch is RFC 5789's, Accept-Post that of the Linked Data Platform
  const own = { PATCH: 'accept-patch', POST: 'accept-post' }[method!];
  return withHeaders(ofStatus(415, message), {
    accept: 'application/json',
    ...(own && { [own]: 'application/json' }),
  });
};

/** The content coding of the body is not one of those that are read. */
export const unsupportedCoding = (coding: string): ServiceError =>
  withHeaders(ofStatus(415, `the body must not be encoded as ${coding}`), { 'accept-encoding': 'gzip, deflate, br' });

/** Nothing that the client accepts can be produced. */
export const notAcceptable = (produced: readonly string[]): ServiceError =>
  ofStatus(406, `the answer is ${produced.join(' or ')}, which the Accept header excludes`);

import type { IncomingMessage as Request, ServerResponse as Response } from 'node:http';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { vary } from './vary.ts';

/** Bytes from which on it pays: less fits into one packet, compressed or not. */
const LEAST = 1024;

const COMPRESSIBLE = /^(application\/(json|javascript|xml|[\w.-]+\+(json|xml))|image\/svg\+xml|text\/(?!event-stream))/;

type Done = (error: Error | null, bytes: Buffer) => void;
const COMPRESS: Record<string, (bytes: Buffer, done: Done) => void> = {
  // about as small as gzip's best, in about the time of its fastest
  br: (bytes, done) => brotliCompress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }, done),
  gzip: (bytes, done) => gzip(bytes, done),
};

/**
 * Compresses an answer that is sent whole, if the client accepts it and it pays. What is sent bit by bit is never touched: event
 * streams would be held back.
 */
export const compress = (request: Request, response: Response): void => {
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  response.end = ((chunk?: unknown, ...rest: unknown[]): Response => {
    if (response.statusCode === 304) markNotModified(request, response);
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, rest[0] as BufferEncoding) : chunk;
    if (!isCompressible(request, response, bytes)) return end(chunk, ...rest);
    vary(response, 'Accept-Encoding');
    const coding = codingOf(request.headers['accept-encoding']);
    if (!coding) return end(chunk, ...rest);
    if (request.method === 'HEAD') {
      markAs(response, coding);
      response.removeHeader('content-length'); // only GET knows it
      return end();
    }
    COMPRESS[coding]!(bytes as Buffer, (error, compressed) => {
      if (response.headersSent || response.destroyed) return; // the deadline was over meanwhile
      if (error) return void end(bytes);
      markAs(response, coding);
      response.setHeader('content-length', compressed.length);
      end(compressed, ...rest.filter((one) => typeof one === 'function'));
    });
    return response;
  }) as Response['end'];
};

const isCompressible = (request: Request, response: Response, bytes: unknown): boolean => {
  if (response.headersSent || response.statusCode === 204 || response.statusCode === 304) return false;
  const length = request.method === 'HEAD' ? Number(response.getHeader('content-length')) : (bytes as Buffer)?.length;
  if (!(length >= LEAST) || response.hasHeader('content-encoding')) return false;
  if (/\bno-transform\b/i.test(String(response.getHeader('cache-control') ?? ''))) return false;
  return COMPRESSIBLE.test(String(response.getHeader('content-type') ?? ''));
};

/** A strong ETag names the bytes that are sent, and these are others: it becomes a weak one (RFC 9110, section 8.8.1). */
const markAs = (response: Response, coding: string): void => {
  response.setHeader('content-encoding', coding);
  const etag = response.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) response.setHeader('etag', `W/${etag}`);
};

/** What the 200 would have said (section 15.4.5): if the client has compressed bytes, their ETag is the weak one. */
const markNotModified = (request: Request, response: Response): void => {
  vary(response, 'Accept-Encoding');
  const etag = String(response.getHeader('etag'));
  if (request.headers['if-none-match']?.includes(`W/${etag}`)) response.setHeader('etag', `W/${etag}`);
};

/** The coding that the client likes best (RFC 9110, section 12.5.3), of two that it likes alike the smaller one. */
export const codingOf = (accepted: string | undefined): string | undefined => {
  if (!accepted) return undefined;
  const weights = new Map(
    accepted.split(',').map((one): [string, number] => {
      const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
      const q = parameters.find((parameter) => parameter.startsWith('q='));
      return [name, q === undefined ? 1 : Number(q.slice(2))];
    }),
  );
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0;
  const [best] = Object.keys(COMPRESS).toSorted((one, other) => weightOf(other) - weightOf(one));
  return weightOf(best!) > 0 ? best : undefined;
};

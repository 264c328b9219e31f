import type { IncomingMessage as Request } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { invalidInput, MAX_MESSAGE_BYTES, messageTooLarge, ofStatus } from '../../errors.ts';
import { Malformed, readJson } from '../../pipeline/json.ts';
import { unsupportedCoding, unsupportedMediaType } from '../errors.ts';

type Next = (error?: unknown) => void;

/** What Express has, too: where `@Body()` finds the body. */
type WithBody = Request & { body?: unknown };

/** `application/json`, and what has its syntax: `application/merge-patch+json`. */
const JSON_TYPE = /^application\/(json|[\w.-]+\+json)(?=\s*(;|$))/i;
const CHARSET = /;\s*charset\s*=\s*"?([\w-]+)"?/i;

const DECOMPRESS: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

export const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

export const isJson = ({ headers }: Request): boolean => JSON_TYPE.test(headers['content-type'] ?? '');

/**
 * Middleware: reads a JSON body, strictly, into `request.body`. Other media types are left for whoever can read them. Body parsers
 * of the framework would read all of a body that is too large before they say so, put U+FFFD for what is not UTF-8, and take
 * the last of two members of one name.
 */
export const readBody = async (request: WithBody, _: unknown, next: Next): Promise<void> => {
  if (!hasBody(request) || !isJson(request)) return next();
  let body: unknown;
  try {
    body = await read(request);
  } catch (thrown) {
    return next(thrown);
  }
  request.body = body;
  next(body instanceof Malformed ? invalidInput([body.violation]) : undefined);
};

const read = async (request: Request): Promise<unknown> => {
  const { headers } = request;
  const [, charset = 'utf-8'] = CHARSET.exec(headers['content-type']!) ?? [];
  if (!/^utf-?8$/i.test(charset)) throw unsupportedMediaType(request, 'JSON is UTF-8');
  const coding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  const decompress = DECOMPRESS[coding];
  if (!decompress && coding !== 'identity') throw unsupportedCoding(coding);
  const bytes = await bytesOf(request);
  if (!bytes.length) return {};
  return readJson(decompress ? await decompressed(bytes, decompress) : bytes);
};

const bytesOf = (request: Request): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= MAX_MESSAGE_BYTES) return;
      request.off('data', take);
      reject(messageTooLarge());
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('error', () => reject(ofStatus(400, 'the body did not come to its end')));
  });

const decompressed = async (bytes: Buffer, decompress: (typeof DECOMPRESS)[string]): Promise<Buffer> => {
  try {
    return await decompress(bytes, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw messageTooLarge();
    throw ofStatus(400, 'the body is not encoded as Content-Encoding says');
  }
};

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { defineError } from '@fourfold/contracts/service-error';
import { invalidInput } from '../errors.ts';
import { type EntityTags, isListedStrongly, isListedWeakly, readEntityTags } from './entity-tags.ts';
import { producedBy } from './produces.ts';

/** A change was asked for without If-Match: the client may not know what it changes (RFC 6585, section 3). */
export const preconditionRequired = defineError(
  'FAILED_PRECONDITION',
  'PRECONDITION_REQUIRED',
  () => ({ message: 'the header If-Match must name the ETag of what is to be changed, or be *' }),
  { httpStatus: 428 },
);

/** The resource is not any more what the client knows. `etag` is what it is now. */
export const preconditionFailed = defineError<{ etag: string }>(
  'FAILED_PRECONDITION',
  'PRECONDITION_FAILED',
  ({ etag }) => ({ message: `the resource has changed: its ETag is ${etag} now`, metadata: { etag } }),
  { httpStatus: 412 },
);

/** Which versions of a resource may be changed (RFC 9110, section 13.1.1). */
export class Precondition {
  constructor(private readonly tags: EntityTags) {}

  /** Whether the version with this ETag, in whatever media type, may be changed. A weak ETag never matches, except by `*`. */
  allows(etag: string): boolean {
    if (isListedStrongly(etag, this.tags) || this.tags === '*') return true;
    const versions = this.tags.map(({ opaque, isWeak }) => ({ opaque: opaque.replace(/;[^"]*"$/, '"'), isWeak }));
    return isListedStrongly(etag, versions);
  }

  /** Throws `preconditionFailed` (412) unless the version with this ETag may be changed. */
  check(etag: string): void {
    if (!this.allows(etag)) throw preconditionFailed({ etag });
  }
}

/** What a client has already (RFC 9110, sections 13.1.2 and 13.1.3). */
export class Cached {
  /** Undefined if there is no If-None-Match that can be read. */
  private readonly tags?: EntityTags;

  constructor(
    private readonly request: IncomingHttpHeaders,
    private readonly response: HttpResponse,
    /** Media types, the one first that needs no `Accept`. */
    private readonly produced: readonly string[],
  ) {
    this.tags = readEntityTags(request['if-none-match'] ?? '');
  }

  /**
   * Answers with `body()` and an ETag: that of the version, marked with the media type if the client could have had another one. If
   * the client has this, `body` is not called, and the status is 304. `lastModified` is sent, too, and decides for clients that
   * know no ETag.
   */
  answer<T>(version: string, body: () => T, lastModified?: Date): T | undefined {
    const etag = this.etagOf(version);
    this.response.header('ETag', etag);
    if (lastModified && isSecondOver(lastModified)) this.response.header('Last-Modified', lastModified.toUTCString());
    if (!this.has(etag, lastModified)) return body();
    this.response.status(304);
    return undefined;
  }

  /** The same for what has no version: its ETag is a digest of the body as JSON. */
  answerByDigest<T extends string | object>(body: T, lastModified?: Date): T | undefined {
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    const digest = createHash('sha256').update(json).digest('base64url').slice(0, 22);
    return this.answer(`"${digest}"`, () => body, lastModified);
  }

  /** RFC 9110, section 8.8.3: what is negotiated has different names, too. `"v3;application/hal+json"`. */
  private etagOf(version: string): string {
    const [first, ...others] = this.produced;
    const type = others.length ? String(this.response.getHeader('content-type')).split(';')[0] : first;
    return type === first ? version : version.replace(/"$/, `;${type}"`);
  }

  private has(etag: string, lastModified: Date | undefined): boolean {
    if (this.request['if-none-match'] !== undefined) return !!this.tags && isListedWeakly(etag, this.tags);
    const since = this.request['if-modified-since'];
    if (!lastModified || !since || !HTTP_DATE.test(since)) return false;
    return isSecondOver(lastModified) && secondOf(lastModified.getTime()) <= secondOf(Date.parse(since));
  }
}

/** The one form of three that senders may still use (RFC 9110, section 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

const secondOf = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Within one second there may be another change, which Last-Modified could not tell from this one (section 8.8.2.2). */
const isSecondOver = (lastModified: Date): boolean => secondOf(lastModified.getTime()) < secondOf(Date.now());

/** What the responses of Nest's adapters have in common: Express and Fastify. */
interface HttpResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
}

export type IfMatch = Precondition;
/** The `If-Match` of a request that changes a resource. Without it the answer is a 428, if it is malformed a 400. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): Precondition => {
  const field = headersOf(context)['if-match'];
  if (field === undefined) throw preconditionRequired({});
  const tags = readEntityTags(field);
  if (!tags)
    throw invalidInput([{ path: 'if-match', rule: 'entityTags', message: 'if-match must be * or a list of ETags' }]);
  return new Precondition(tags);
});

export type IfNoneMatch = Cached;
/** The `If-None-Match` of a GET, or its `If-Modified-Since`. Absent or malformed it matches nothing: the client then gets what it asked for. */
export const IfNoneMatch = createParamDecorator((_: unknown, context: ExecutionContext): Cached => cachedBy(context));

export const cachedBy = (context: ExecutionContext): Cached =>
  new Cached(headersOf(context), context.switchToHttp().getResponse(), producedBy(context.getHandler()));

const headersOf = (context: ExecutionContext): IncomingHttpHeaders => context.switchToHttp().getRequest().headers;

import type { IncomingHttpHeaders } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { defineError } from '@fourfold/contracts/service-error';
import { invalidInput } from '../errors.ts';
import { type EntityTags, isListedStrongly, isListedWeakly, readEntityTags } from './entity-tags.ts';

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

  /** Whether the version with this ETag may be changed. A weak ETag never matches, except by `*`. */
  allows(etag: string): boolean {
    return isListedStrongly(etag, this.tags);
  }

  /** Throws `preconditionFailed` (412) unless the version with this ETag may be changed. */
  check(etag: string): void {
    if (!this.allows(etag)) throw preconditionFailed({ etag });
  }
}

/** What a client has already (RFC 9110, section 13.1.2). */
export class Cached {
  constructor(
    private readonly tags: EntityTags,
    private readonly response: HttpResponse,
  ) {}

  /** Answers with an ETag: `body()`, which is not called if the client has this version. The status is then 304. */
  answer<T>(etag: string, body: () => T): T | undefined {
    this.response.header('ETag', etag);
    if (!isListedWeakly(etag, this.tags)) return body();
    this.response.status(304);
    return undefined;
  }
}

/** What the responses of Nest's adapters have in common: Express and Fastify. */
interface HttpResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
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
/** The `If-None-Match` of a GET. Absent or malformed it matches nothing: the client then gets what it asked for. */
export const IfNoneMatch = createParamDecorator((_: unknown, context: ExecutionContext): Cached => {
  const tags = readEntityTags(headersOf(context)['if-none-match'] ?? '') ?? [];
  return new Cached(tags, context.switchToHttp().getResponse());
});

const headersOf = (context: ExecutionContext): IncomingHttpHeaders => context.switchToHttp().getRequest().headers;

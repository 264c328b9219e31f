import type { IncomingMessage as Request, ServerResponse as Response } from 'node:http';
import { PROPAGATED } from '@fourfold/contracts/metadata';
import type { Answer } from '../request/gate.ts';
import type { Routes } from '../request/routes.ts';
import { readTarget } from '../request/target.ts';
import { vary } from './vary.ts';

/** What pages may send beside the header fields that Fetch lets pass anyway. */
const SENT = [
  'authorization',
  'connect-timeout-ms',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
];
/** What pages may read beside the header fields that Fetch lets them read anyway. */
const READ = ['accept-patch', 'accept-post', 'allow', 'etag', 'link', 'location', 'retry-after'].join(', ');

/** Seconds that browsers remember a preflight: Chromium for no longer than this. */
const MAX_AGE = '7200';

/**
 * Cross-Origin Resource Sharing (WHATWG Fetch, section 3.3) for pages of these origins, and of no others. Cookies are not for
 * them: nothing here says `Access-Control-Allow-Credentials`.
 */
export class Cors {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Marks an answer. All of them vary, also those to nobody's page: a cache must not give one origin's to another. */
  mark({ headers }: Request, response: Response): void {
    vary(response, 'Origin');
    if (!this.isAllowed(headers.origin)) return;
    response.setHeader('access-control-allow-origin', headers.origin!);
    response.setHeader('access-control-expose-headers', READ);
  }

  /** The answer to a preflight for a path that is known; undefined if it is none, or if its origin is not allowed. */
  preflight({ method, url, headers }: Request, routes: Routes): Answer | undefined {
    if (method !== 'OPTIONS' || !headers['access-control-request-method'] || !this.isAllowed(headers.origin)) return;
    const methods = methodsOf(url!, routes)?.join(', ');
    if (!methods) return;
    return {
      status: 204,
      headers: {
        allow: methods,
        'access-control-allow-methods': methods,
        'access-control-allow-headers': [...new Set([...SENT, ...PROPAGATED])].join(', '),
        'access-control-max-age': MAX_AGE,
      },
    };
  }

  private isAllowed(origin: string | undefined): boolean {
    return origin !== undefined && this.origins.has(origin);
  }
}

const methodsOf = (url: string, routes: Routes): string[] | undefined => {
  try {
    return routes.methodsOf(readTarget(url).path);
  } catch {
    return undefined; // the gate says what is wrong with it
  }
};

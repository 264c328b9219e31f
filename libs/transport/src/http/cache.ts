import CachePolicy from 'http-cache-semantics';

export interface CacheOptions {
  /** Bytes of all that is kept, as it comes over the wire: 10 MiB. What was not used for the longest time goes first. */
  maxBytes?: number;
}

export interface Request {
  method: string;
  url: string;
  /** By names in lower case. */
  headers: Record<string, string>;
  body?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export type Send = (request: Request) => Promise<Answer>;

interface Stored {
  policy: CachePolicy;
  answer: Answer;
  /** What the request had of the header fields that the answer varies by. */
  variant: [name: string, value: string | undefined][];
  bytes: number;
}

/**
 * A cache of answers (RFC 9111), in the memory of this process. It is a shared one: what it keeps is given to whoever asks, so
 * `private` answers are not stored. Nothing is guessed to be fresh: the server must say so.
 */
export class HttpCache {
  /** By URI, the least recently used first. */
  private readonly stored = new Map<string, Stored[]>();
  private readonly refreshing = new Set<Stored>();
  private readonly maxBytes: number;
  private bytes = 0;
  private invalidations = 0;

  constructor({ maxBytes = 10 * 1024 * 1024 }: CacheOptions = {}) {
    this.maxBytes = maxBytes;
  }

  /** The answer that is stored, or what `send` answers. `refresh` sends what nobody waits for (stale-while-revalidate). */
  async fetch(request: Request, send: Send, refresh: Send): Promise<Answer> {
    if (request.method !== 'GET') return this.change(request, send);
    const stored = this.find(request);
    if (!stored) return this.load(request, send);
    const { response, revalidation } = stored.policy.evaluateRequest(request);
    if (!response) return this.revalidate(stored, request, revalidation.headers, send);
    if (revalidation && !this.refreshing.has(stored)) {
      this.refreshing.add(stored);
      void this.revalidate(stored, request, revalidation.headers, refresh)
        .catch(() => {}) // the next caller that may not have it stale hears of it
        .finally(() => this.refreshing.delete(stored));
    }
    return stored.answer;
  }

  /** What changes a resource makes what is stored of it invalid, and of what it names (RFC 9111, section 4.4). */
  private async change(request: Request, send: Send): Promise<Answer> {
    const answer = await send(request);
    if (answer.status >= 400) return answer;
    this.invalidations++;
    const { location, 'content-location': contentLocation } = answer.headers;
    for (const reference of ['', location, contentLocation]) {
      const uri = reference === undefined ? undefined : URL.parse(reference, request.url);
      if (uri && uri.origin === new URL(request.url).origin) this.remove(uri.href);
    }
    return answer;
  }

  private async load(request: Request, send: Send): Promise<Answer> {
    const { invalidations } = this;
    const answer = await send(request);
    this.store(request, answer, new CachePolicy(request, policyInputOf(answer), { cacheHeuristic: 0 }), invalidations);
    return answer;
  }

  private async revalidate(stored: Stored, request: Request, headers: CachePolicy.Headers, send: Send) {
    const { invalidations } = this;
    const answer = await send({ ...request, headers: headers as Record<string, string> });
    const { policy, modified, matches } = stored.policy.revalidatedPolicy(request, policyInputOf(answer));
    if (!modified && !matches) return this.load(request, send); // a 304 that is about another answer
    if (modified && answer.status >= 500) return answer; // what is stored may be good again
    const current = modified ? answer : { ...stored.answer, headers: { ...stored.answer.headers, ...answer.headers } };
    this.store(request, current, policy, invalidations);
    return current;
  }

  private find(request: Request): Stored | undefined {
    const variants = this.stored.get(request.url);
    const found = variants?.find((one) => isVariant(one, request));
    if (!found) return undefined;
    this.stored.delete(request.url);
    this.stored.set(request.url, variants!);
    return found;
  }

  private store(request: Request, answer: Answer, policy: CachePolicy, invalidations: number): void {
    this.removeVariant(request);
    const names = (answer.headers['vary'] ?? '').split(',').map((name) => name.trim().toLowerCase());
    // what was asked before a change may have been answered before it, too
    if (!policy.storable() || names.includes('*') || invalidations !== this.invalidations) return;
    const bytes = Buffer.byteLength(request.url + JSON.stringify([request.headers, answer]));
    if (bytes > this.maxBytes) return;
    const variant = names.filter(Boolean).map((name): [string, string | undefined] => [name, request.headers[name]]);
    this.stored.set(request.url, [...(this.stored.get(request.url) ?? []), { policy, answer, variant, bytes }]);
    this.bytes += bytes;
    for (const url of this.stored.keys()) {
      if (this.bytes <= this.maxBytes) break;
      this.remove(url);
    }
  }

  private removeVariant(request: Request): void {
    const variants = this.stored.get(request.url) ?? [];
    const others = variants.filter((one) => !isVariant(one, request));
    this.remove(request.url);
    if (!others.length) return;
    this.stored.set(request.url, others);
    for (const { bytes } of others) this.bytes += bytes;
  }

  private remove(url: string): void {
    for (const { bytes } of this.stored.get(url) ?? []) this.bytes -= bytes;
    this.stored.delete(url);
  }
}

const isVariant = ({ variant }: Stored, { headers }: Request): boolean =>
  variant.every(([name, value]) => headers[name] === value);

/** Directives are the same in capitals, which the library does not know. */
const policyInputOf = ({ status, headers }: Answer): CachePolicy.HttpResponse => ({
  status,
  headers: { ...headers, ...(headers['cache-control'] && { 'cache-control': headers['cache-control'].toLowerCase() }) },
});

import { toJson } from '@fourfold/contracts/json';
import {
  clientClosed,
  deadlineExceeded,
  errorOf,
  malformedAnswer,
  notBound,
  notConnected,
  type Problem,
  unavailable,
} from '../errors.ts';
import { Malformed, parseJson } from '../pipeline/json.ts';
import { deadlineSignal, onAbort } from '../time.ts';
import type { Client, OutgoingCall } from '../transport.ts';
import type { Answer, HttpCache, Request } from './cache.ts';
import { IDEMPOTENCY_KEY, TIMEOUT, writeMetadata } from './metadata.ts';
import { writeKey } from './request/idempotency-key.ts';

/** Connections that could not be made (libuv, undici). */
const NOT_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Milliseconds that the refresh of a cached answer may take: nobody waits for it. */
const REFRESH = 2000;

/** Calls over HTTP: the route that the contract binds, problem documents back as errors. */
export class HttpClient implements Client {
  /** Aborts the calls in flight. */
  private readonly pending = new Set<() => void>();
  private isClosed = false;

  constructor(
    /** `http://127.0.0.1:3001`, without a path. */
    private readonly origin: string,
    private readonly cache?: HttpCache,
  ) {}

  async call(call: OutgoingCall): Promise<unknown> {
    const { name, response } = call.operation;
    const { status, text } = await this.within(call, (signal) => this.fetch(call, signal));
    const answer = parseJson(text);
    if (status < 200 || status > 299) throw errorOf(answer as Problem, `${name} answered ${status}`);
    if (answer instanceof Malformed) throw malformedAnswer(name);
    return response.fromJSON(answer);
  }

  /** Fails the calls in flight. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const abort of this.pending) abort();
  }

  /** Ends what it does at the deadline, when the caller leaves, and when the client is closed. */
  private async within<T>(
    { operation, deadline, signal: caller }: Pick<OutgoingCall, 'operation' | 'deadline' | 'signal'>,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.isClosed) throw clientClosed();
    const { signal, abort, clear } = deadlineSignal(deadline, () => deadlineExceeded(operation.name));
    const end = () => abort(clientClosed());
    this.pending.add(end);
    const settled = onAbort(caller, () => abort(caller!.reason));
    try {
      return await work(signal);
    } finally {
      clear();
      settled();
      this.pending.delete(end);
    }
  }

  private fetch({ operation, input, deadline, metadata, idempotencyKey }: OutgoingCall, signal: AbortSignal) {
    const { http } = operation.bindings;
    if (!http) throw notBound(operation.name, 'HTTP');
    const { method, path, body } = requestOf(http, JSON.parse(toJson(operation.request, input)));
    const request: Request = {
      method,
      url: this.origin + path,
      ...(body !== undefined && { body }),
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...writeMetadata(metadata),
        ...(idempotencyKey && { [IDEMPOTENCY_KEY]: writeKey(idempotencyKey) }),
      },
    };
    if (!this.cache) return send(request, deadline, signal);
    const inTime = (one: Request) => send(one, deadline, signal);
    return this.cache.fetch(request, inTime, (one) => {
      const until = Date.now() + REFRESH;
      return this.within({ operation, deadline: until }, (aborted) => send(one, until, aborted));
    });
  }
}

const send = async (
  { url, method, body, headers }: Request,
  deadline: number,
  signal: AbortSignal,
): Promise<Answer> => {
  try {
    const response = await fetch(url, {
      method,
      body,
      headers: { ...headers, [TIMEOUT]: String(deadline - Date.now()) },
      // otherwise fetch adds `pragma: no-cache` to what has conditions, to which some servers answer in full
      ...((headers['if-none-match'] ?? headers['if-modified-since']) !== undefined && { cache: 'no-cache' }),
      signal,
    });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  } catch (thrown) {
    signal.throwIfAborted();
    if (NOT_CONNECTED.test(String((thrown as Error & { cause?: NodeJS.ErrnoException }).cause?.code)))
      throw notConnected(thrown);
    throw unavailable('the service is not available', thrown);
  }
};

/** Puts the fields of the path there, and the others into the body, or into the query if the method has no body. */
const requestOf = (binding: string, fields: Record<string, unknown>) => {
  const [method, template] = binding.split(' ') as [string, string];
  const rest = { ...fields };
  const path = template.replace(/:(\w+)/g, (_, name: string) => {
    delete rest[name];
    return encodeURIComponent(String(fields[name]));
  });
  if (/^(POST|PUT|PATCH)$/.test(method)) return { method, path, body: JSON.stringify(rest) };
  const query = new URLSearchParams(
    Object.entries(rest).flatMap(([key, value]) => [value].flat().map((item): [string, string] => [key, String(item)])),
  );
  return { method, path: query.size ? `${path}?${query}` : path };
};

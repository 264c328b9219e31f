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
import { IDEMPOTENCY_KEY, TIMEOUT, writeMetadata } from './metadata.ts';
import { writeKey } from './request/idempotency-key.ts';

/** Connections that could not be made (libuv, undici). */
const NOT_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Calls over HTTP: the route that the contract binds, problem documents back as errors. */
export class HttpClient implements Client {
  /** Aborts the calls in flight. */
  private readonly pending = new Set<() => void>();
  private isClosed = false;

  /** `http://127.0.0.1:3001`, without a path. */
  constructor(private readonly origin: string) {}

  async call(call: OutgoingCall): Promise<unknown> {
    const { name, response } = call.operation;
    if (this.isClosed) throw clientClosed();
    const { signal, abort, clear } = deadlineSignal(call.deadline, () => deadlineExceeded(name));
    const end = () => abort(clientClosed());
    this.pending.add(end);
    const settled = onAbort(call.signal, () => abort(call.signal!.reason));
    try {
      const { ok, status, text } = await this.fetch(call, signal);
      const answer = parseJson(text);
      if (!ok) throw errorOf(answer as Problem, `${name} answered ${status}`);
      if (answer instanceof Malformed) throw malformedAnswer(name);
      return response.fromJSON(answer);
    } finally {
      clear();
      settled();
      this.pending.delete(end);
    }
  }

  /** Fails the calls in flight. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const abort of this.pending) abort();
  }

  private async fetch({ operation, input, deadline, metadata, idempotencyKey }: OutgoingCall, signal: AbortSignal) {
    const { http } = operation.bindings;
    if (!http) throw notBound(operation.name, 'HTTP');
    const { method, path, body } = requestOf(http, JSON.parse(toJson(operation.request, input)));
    try {
      const response = await fetch(this.origin + path, {
        method,
        body,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...writeMetadata(metadata),
          [TIMEOUT]: String(deadline - Date.now()),
          ...(idempotencyKey && { [IDEMPOTENCY_KEY]: writeKey(idempotencyKey) }),
        },
        signal,
      });
      return { ok: response.ok, status: response.status, text: await response.text() };
    } catch (thrown) {
      signal.throwIfAborted();
      if (NOT_CONNECTED.test(String((thrown as Error & { cause?: NodeJS.ErrnoException }).cause?.code)))
        throw notConnected(thrown);
      throw unavailable('the service is not available', thrown);
    }
  }
}

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

import { toJson } from '@fourfold/contracts/json';
import {
  clientClosed,
  deadlineExceeded,
  errorOf,
  malformedAnswer,
  notBound,
  type Problem,
  unavailable,
} from '../errors.ts';
import { Malformed, parseJson } from '../pipeline/json.ts';
import { deadlineSignal } from '../time.ts';
import type { Client, OutgoingCall } from '../transport.ts';
import { IDEMPOTENCY_KEY, TIMEOUT, writeMetadata } from './metadata.ts';

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
    const { signal, abort, clear } = deadlineSignal(call.deadline);
    this.pending.add(abort);
    try {
      const { ok, status, text } = await this.fetch(call, signal);
      const answer = parseJson(text);
      if (!ok) throw errorOf(answer as Problem, `${name} answered ${status}`);
      if (answer instanceof Malformed) throw malformedAnswer(name);
      return response.fromJSON(answer);
    } finally {
      clear();
      this.pending.delete(abort);
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
          ...(idempotencyKey && { [IDEMPOTENCY_KEY]: idempotencyKey }),
        },
        signal,
      });
      return { ok: response.ok, status: response.status, text: await response.text() };
    } catch (thrown) {
      if (this.isClosed) throw clientClosed();
      if (signal.aborted) throw deadlineExceeded(operation.name);
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

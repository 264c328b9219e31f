import { toJson } from '@fourfold/contracts/json';
import { ServiceError } from '@fourfold/contracts/service-error';
import type { ClientTransport, OutgoingCall } from '../client.ts';
import { deadlineSignal } from '../context.ts';
import { clientClosed, deadlineExceeded, errorOf, type Problem } from '../errors.ts';
import { Malformed, parseJson } from '../json.ts';
import { TIMEOUT_HEADER } from './context.middleware.ts';

/** Calls over HTTP: the route that the contract binds, problem documents back as errors. */
export class HttpClient implements ClientTransport {
  /** Ends a call that is on its way. */
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
      if (answer instanceof Malformed)
        throw new ServiceError('UNKNOWN', 'UNKNOWN', `${name} answered what is not JSON`);
      return response.fromJSON(answer);
    } finally {
      clear();
      this.pending.delete(abort);
    }
  }

  /** Fails what is on its way. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const abort of this.pending) abort();
  }

  private async fetch({ operation, input, deadline, traceparent, idempotencyKey }: OutgoingCall, signal: AbortSignal) {
    const { http } = operation.bindings;
    if (!http) throw new ServiceError('UNIMPLEMENTED', 'NOT_BOUND', `${operation.name} has no HTTP binding`);
    const { method, path, body } = requestOf(http, JSON.parse(toJson(operation.request, input)));
    try {
      const response = await fetch(this.origin + path, {
        method,
        body,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          traceparent,
          [TIMEOUT_HEADER]: String(deadline - Date.now()),
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        signal,
      });
      return { ok: response.ok, status: response.status, text: await response.text() };
    } catch (thrown) {
      if (this.isClosed) throw clientClosed();
      if (signal.aborted) throw deadlineExceeded(operation.name);
      throw new ServiceError('UNAVAILABLE', 'UNAVAILABLE', 'the service is not available', {}, { cause: thrown });
    }
  }
}

/** Fields of the path go there, the others into the body, or into the query where the method has none. */
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

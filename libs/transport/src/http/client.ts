import { ServiceError } from '@fourfold/contracts/service-error';
import type { ClientTransport, OutgoingCall } from '../client.ts';
import { deadlineExceeded, errorOf, type Problem } from '../errors.ts';
import { toJson } from '@fourfold/contracts/json';
import { TIMEOUT_HEADER } from './context.middleware.ts';

/** Calls over HTTP: the route that the contract binds, problem documents back as errors. */
export class HttpClient implements ClientTransport {
  /** `http://127.0.0.1:3001`, without a path. */
  constructor(private readonly origin: string) {}

  async call({ operation, input, deadline, traceparent, idempotencyKey }: OutgoingCall): Promise<unknown> {
    const { http } = operation.bindings;
    if (!http) throw new ServiceError('UNIMPLEMENTED', 'NOT_BOUND', `${operation.name} has no HTTP binding`);
    const timeout = deadline - Date.now();
    const { method, path, body } = requestOf(http, JSON.parse(toJson(operation.request, input)));
    const response = await fetch(this.origin + path, {
      method,
      body,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        traceparent,
        [TIMEOUT_HEADER]: String(timeout),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      signal: AbortSignal.timeout(timeout),
    }).catch((thrown: Error) => {
      if (thrown.name === 'TimeoutError') throw deadlineExceeded(operation.name);
      throw new ServiceError('UNAVAILABLE', 'UNAVAILABLE', 'the service is not available', {}, { cause: thrown });
    });
    const answer = await response.json().catch(() => undefined);
    if (!response.ok) throw errorOf(answer as Problem, `${operation.name} answered ${response.status}`);
    return operation.response.fromJSON(answer);
  }

  async close(): Promise<void> {}
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

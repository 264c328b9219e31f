/**
 * A process of its own: calls at a constant rate, whether or not earlier ones were answered. Prints what came of them as JSON.
 * Arguments: `http://…` or `grpc://<address>/<service>/<method>`, calls per second, seconds, deadline in milliseconds.
 */
import { Agent, request } from 'node:http';
import { Client, credentials, status } from '@grpc/grpc-js';

export interface Outcome {
  /** Calls per second that were answered within their deadline. */
  goodput: number;
  /** Milliseconds. */
  p99: number;
  refused: number;
  refusedP99: number;
  refusedSlowest: number;
  /** Neither answered nor refused in time. */
  failed: number;
}

type Result = 'answered' | 'refused' | 'failed';

const [url = '', rate = '', seconds = '', deadline = ''] = process.argv.slice(2);
const limit = Number(deadline);

const overHttp = (): (() => Promise<Result>) => {
  const agent = new Agent({ keepAlive: true });
  const headers = { 'connect-timeout-ms': deadline };
  return () =>
    new Promise((resolve) => {
      const asked = request(url, { agent, headers, signal: AbortSignal.timeout(limit) }, (response) => {
        response
          .resume()
          .once('close', () =>
            resolve(({ 200: 'answered', 503: 'refused' } as const)[response.statusCode!] ?? 'failed'),
          );
      });
      asked.once('error', () => resolve('failed'));
      asked.end();
    });
};

const overGrpc = (): (() => Promise<Result>) => {
  const { host, pathname } = new URL(url);
  const client = new Client(host, credentials.createInsecure());
  const message = Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from('01900000-0000-7000-8000-000000000000')]); // its first field is an id
  const bytes = (value: Buffer) => value;
  return () =>
    new Promise((resolve) => {
      const options = { deadline: Date.now() + limit };
      client.makeUnaryRequest(pathname, bytes, bytes, message, options, (error) => {
        if (!error) resolve('answered');
        else resolve(error.code === status.RESOURCE_EXHAUSTED ? 'refused' : 'failed');
      });
    });
};

const call = url.startsWith('grpc') ? overGrpc() : overHttp();
const times: Record<Result, number[]> = { answered: [], refused: [], failed: [] };
const measured = async () => {
  const begin = performance.now();
  const result = await call();
  times[result].push(performance.now() - begin);
};

const total = Number(rate) * Number(seconds);
const begin = performance.now();
const pending: Promise<void>[] = [];
while (pending.length < total) {
  const due = Math.min(total, ((performance.now() - begin) / 1000) * Number(rate));
  while (pending.length < due) pending.push(measured());
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await Promise.all(pending);
const took = (performance.now() - begin) / 1000;
const at = (part: number, all: number[]) => all.sort((a, b) => a - b)[Math.ceil(all.length * part) - 1] ?? 0;
const { answered, refused, failed } = times;
console.log(
  JSON.stringify({
    goodput: answered.length / Math.max(took, Number(seconds)),
    p99: at(0.99, answered),
    refused: refused.length,
    refusedP99: at(0.99, refused),
    refusedSlowest: at(1, refused),
    failed: failed.length,
  } satisfies Outcome),
);
process.exit(0);

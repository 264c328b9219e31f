/** A process of its own: requests at a constant rate, whether or not earlier ones were answered. Prints what came of them as JSON. */
import { Agent, request } from 'node:http';

const [url = '', rate = '', seconds = '', deadline = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 2000 });
const times: number[] = [];
let sent = 0;
let refused = 0;
let slowestRefusal = 0;

/** One request: counts if it is answered within its deadline. */
const ask = () =>
  new Promise<void>((resolve) => {
    const begin = performance.now();
    const headers = { 'connect-timeout-ms': deadline };
    const asked = request(url, { agent, headers, timeout: Number(deadline) }, (response) => {
      const took = performance.now() - begin;
      if (response.statusCode === 200 && took <= Number(deadline)) times.push(took);
      if (response.statusCode === 503) {
        refused++;
        slowestRefusal = Math.max(slowestRefusal, took);
      }
      response.resume().once('close', resolve);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve());
    asked.end();
  });

const total = Number(rate) * Number(seconds);
const begin = performance.now();
const pending: Promise<void>[] = [];
while (sent < total) {
  const due = Math.min(total, ((performance.now() - begin) / 1000) * Number(rate));
  for (; sent < due; sent++) pending.push(ask());
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await Promise.all(pending);
const took = Math.max(Number(seconds), (performance.now() - begin) / 1000);
times.sort((a, b) => a - b);
const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
console.log(JSON.stringify({ goodput: times.length / took, p99, refused, slowestRefusal }));
process.exit(0);

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, Injectable, Module, Sse } from '@nestjs/common';
import { NEVER, of, concat } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { Readiness } from '../health/readiness.ts';
import { createService, type RunningService } from './start.ts';
import { Startup } from './startup.ts';

/** What the tests hold in their hands: when the service may start, and when its slow route may answer. */
class Gates {
  readonly start = Promise.withResolvers<void>();
  readonly answer = Promise.withResolvers<string>();
  readonly asked = Promise.withResolvers<void>();
  isUp = true;
}

@Injectable()
class Waiting {
  constructor(@Inject(Gates) gates: Gates, startup: Startup, readiness: Readiness) {
    startup.add('gate', () => gates.start.promise);
    readiness.require('gate', () => gates.isUp);
  }
}
@Controller()
class BusinessController {
  constructor(@Inject(Gates) private readonly gates: Gates) {}
  @Get('slow')
  slow(): Promise<string> {
    this.gates.asked.resolve();
    return this.gates.answer.promise;
  }
  @Sse('stream')
  stream() {
    return concat(of({ data: 'first' }), NEVER);
  }
}

let service: RunningService | undefined;
let gates: Gates;
const start = async (environment: Record<string, string> = {}) => {
  gates = new Gates();
  @Module({ controllers: [BusinessController], providers: [Waiting, { provide: Gates, useValue: gates }] })
  class BusinessModule {}
  const options = { HTTP_PORT: '0', LOG_LEVEL: 'error', SHUTDOWN_TIMEOUT_MS: '2000', ...environment };
  service = await createService({ name: 'test', module: async () => BusinessModule, environment: options });
  return service;
};
const status = async (path: string) => (await fetch(service!.url + path)).status;

afterEach(async () => {
  gates?.start.resolve();
  gates?.answer.resolve('late');
  await service?.stop();
  service = undefined;
});

describe('starting', () => {
  it('opens health first; business is a 503 until all that it needs is there', async () => {
    const { ready } = await start();
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz')).toBe(503);
    const refused = await fetch(`${service!.url}/slow`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'UNAVAILABLE', reason: 'NOT_READY' });

    gates.start.resolve();
    await ready;
    expect(await status('/readyz')).toBe(200);
  });

  it('tells the truth when something that it needs is gone', async () => {
    const { ready } = await start();
    gates.start.resolve();
    await ready;
    gates.isUp = false;
    const report = await (await fetch(`${service!.url}/readyz`)).json();
    const checks = { gate: false };
    expect(report).toEqual({ ready: false, state: 'serving', checks, waitsFor: { gate: 'it is not there' } });
  });

  it('names a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ HTTP_PORT: String(port) })).rejects.toThrow(`HTTP_PORT ${port}: the port is in use`);
    other.close();
  });
});

describe('stopping', () => {
  const serving = async () => {
    const { ready } = await start();
    gates.start.resolve();
    await ready;
  };

  it('lets a request in flight end', async () => {
    await serving();
    const answer = fetch(`${service!.url}/slow`).then((response) => response.text());
    await gates.asked.promise;
    const stopped = service!.stop();
    gates.answer.resolve('done');
    expect(await answer).toBe('done');
    await stopped;
  });

  it('answers new requests until the delay is over, and says that their connections end', async () => {
    const { ready } = await start({ SHUTDOWN_DELAY_MS: '1500' });
    gates.start.resolve();
    await ready;
    const stopped = service!.stop();
    expect(await status('/readyz')).toBe(503);
    const answer = fetch(`${service!.url}/slow`);
    await gates.asked.promise;
    gates.answer.resolve('done');
    const response = await answer;
    expect([response.status, response.headers.get('connection'), await response.text()]).toEqual([
      200,
      'close',
      'done',
    ]);
    await stopped;
    await expect(fetch(`${service!.url}/slow`)).rejects.toThrow('fetch failed');
    service = undefined;
  });

  it('goes on to refuse business if it was never ready', async () => {
    await start();
    const stopped = service!.stop();
    expect(await status('/slow').catch(() => 'refused')).not.toBe(200);
    gates.start.resolve();
    await stopped;
    service = undefined;
  });

  it('ends open event streams', async () => {
    await serving();
    const [stream] = await once(request(`${service!.url}/stream`).end(), 'response');
    await once(stream, 'data');
    const ended = once(stream, 'end');
    await service!.stop();
    await expect(ended).resolves.toEqual([]);
  });

  it('does not wait longer than it was given', async () => {
    await serving();
    const answer = fetch(`${service!.url}/slow`).catch(() => 'cut');
    await gates.asked.promise;
    await service!.stop();
    expect(await answer).toBe('cut');
    service = undefined;
  }, 10_000);
});

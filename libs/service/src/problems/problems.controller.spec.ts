import { text } from 'node:stream/consumers';
import { connect } from 'node:net';
import { BadRequestException, Controller, Get, HttpException, Module } from '@nestjs/common';
import { defineError, ServiceError } from '@fourfold/contracts/service-error';
import { sse } from '@fourfold/transport/sse';
import { concat, of, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { createService, type RunningService } from '../start/start.ts';

const soldOut = defineError<{ item: string; left: number }>(
  'FAILED_PRECONDITION',
  'SPEC_SOLD_OUT',
  ({ item, left }) => ({ message: `${left} of ${item} are left`, metadata: { item } }),
  { httpStatus: 409 },
);
defineError<{ items: string[] }>('ABORTED', 'SPEC_LIST', ({ items }) => ({ message: items.map(String).join() }));

@Controller('fails')
class FailingController {
  @Get('defined')
  defined() {
    throw soldOut({ item: 'a', left: 0 });
  }
  @Get('undefined')
  undefined() {
    throw new ServiceError('ABORTED', 'SPEC_NOT_DEFINED', 'who knows');
  }
  @Get('nest')
  nest() {
    throw new BadRequestException('no');
  }
  @Get('teapot')
  teapot() {
    throw new HttpException('no', 418);
  }
  @Get('bug')
  bug() {
    throw new Error('the password is hunter2');
  }
  @Get('later')
  later() {
    const failure = throwError(() => soldOut({ item: 'a', left: 0 }));
    return sse(concat(of({ first: true }), failure), (message: object) => message);
  }
}
@Module({ controllers: [FailingController] })
class FailingModule {}

let service: RunningService;
const start = async (environment: Record<string, string> = {}) => {
  const variables = { HTTP_PORT: '0', LOG_LEVEL: 'error', ...environment };
  service = await createService({ name: 'test', module: async () => FailingModule, environment: variables });
  await service.ready;
};
afterEach(() => service.stop());
const get = async (path: string, init?: RequestInit): Promise<any> => (await fetch(service.url + path, init)).json();

describe('the type of a problem', () => {
  it('leads to what is known of it', async () => {
    await start();
    const { type } = await get('/fails/defined');
    expect(type).toBe('/problems/SPEC_SOLD_OUT');
    expect(await get(type)).toEqual({
      type,
      reason: 'SPEC_SOLD_OUT',
      code: 'FAILED_PRECONDITION',
      status: 409,
      title: 'Conflict',
      description: '{left} of {item} are left',
    });
  });
  it('of everything that a service refuses by itself leads somewhere', async () => {
    await start();
    const refused = await Promise.all([
      get('/nowhere'),
      get('/fails/nest'),
      get('/fails/bug'),
      get('/fails/', {}),
      get('/fails/%ff'),
      get('/fails/nest', { method: 'DELETE' }),
      get('/fails/nest', { method: 'LINK' }),
      get('/fails/nest', { headers: { accept: 'text/html' } }),
      get('/fails/nest', { headers: { 'connect-timeout-ms': 'x' } }),
      get('/fails/nest', { headers: { 'connect-timeout-ms': '0' } }),
      get(`/${'x'.repeat(9000)}`),
    ]);
    expect(new Set(refused.map(({ status }) => status)).size).toBeGreaterThan(7);
    for (const { type, reason } of refused) expect(await get(type)).toMatchObject({ type, reason });
    const { problems } = await get('/problems');
    expect(problems.length).toBeGreaterThan(30);
    for (const { type, reason } of problems) expect(await get(type)).toMatchObject({ reason });
  });
  it('of what this process does not know is about:blank, so it is absent', async () => {
    await start();
    for (const path of ['/fails/undefined', '/fails/teapot']) expect(await get(path)).not.toHaveProperty('type');
    expect((await get('/problems/SPEC_NOT_DEFINED')).status).toBe(404);
  });
  it('may lead to a place of its own, which has all', async () => {
    await start({ PROBLEM_TYPE_BASE: 'https://docs.example/problems#' });
    expect((await get('/fails/undefined')).type).toBe('https://docs.example/problems#SPEC_NOT_DEFINED');
  });
});

it('a problem names its occurrence and its trace', async () => {
  await start();
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const seen = new Set<string>();
  for (const path of ['/fails/defined', '/fails/bug', '/fails/', '/nowhere']) {
    const { instance, traceId: own } = await get(path, { headers });
    expect([instance, own]).toEqual([expect.stringMatching(/^urn:uuid:[\da-f-]{36}$/), traceId]);
    seen.add(instance);
  }
  expect(seen.size).toBe(4);
  expect((await get('/fails/defined')).traceId).toMatch(/^[\da-f]{32}$/);
});

it('an event stream that fails later says the same', async () => {
  await start();
  const events = await (await fetch(`${service.url}/fails/later`)).text();
  const problem = JSON.parse(/event: error\ndata: (.*)\n/.exec(events)![1]!);
  expect(problem).toMatchObject({
    type: '/problems/SPEC_SOLD_OUT',
    status: 409,
    instance: expect.stringMatching(/^urn:uuid:/),
    traceId: expect.stringMatching(/^[\da-f]{32}$/),
  });
});

it('what is no HTTP at all is answered with a type, too', async () => {
  await start();
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.end('nonsense\r\n\r\n');
  const [, body] = (await text(socket)).split('\r\n\r\n');
  expect(JSON.parse(body!)).toMatchObject({ type: '/problems/BAD_REQUEST', status: 400 });
});

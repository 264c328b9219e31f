import { Controller, Get, Header, type INestApplication, Options, Put } from '@nestjs/common';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Produces } from '../../src/http/produces.ts';
import { sse } from '../../src/http/sse.ts';
import { startApplication } from '../application.ts';
import { ask } from './raw.ts';

@Controller('things')
class ThingsController {
  @Get()
  @Header('Vary', 'Accept')
  list() {
    return [];
  }
  @Put(':id')
  put() {
    return {};
  }
  @Options(':id')
  options() {
    return 'mine';
  }
  @Get('events/all')
  @Produces('text/event-stream')
  events() {
    return sse(of({ a: 1 }), (message) => message);
  }
}

let closed: INestApplication;
let app: INestApplication;
let origin: string;
let closedOrigin: string;
const page = 'https://shop.example';
beforeAll(async () => {
  ({ app, origin } = await startApplication([ThingsController], [], { http: { corsOrigins: [page] } }));
  ({ app: closed, origin: closedOrigin } = await startApplication([ThingsController], []));
});
afterAll(async () => {
  await app.close();
  await closed.close();
});

const fieldsOf = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control')));
const preflight = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' };

it('nobody may call without being named', async () => {
  for (const [method, path] of [
    ['GET', '/things'],
    ['OPTIONS', '/things/7'],
  ] as const) {
    const { headers } = await ask(closedOrigin, method, path, { origin: page, ...preflight });
    expect(fieldsOf(headers)).toEqual({});
  }
  expect((await ask(closedOrigin, 'GET', '/things')).headers['vary']).toBe('Accept');
});

describe('a page of an origin that is named', () => {
  it.each([
    ['GET', '/things', 200],
    ['GET', '/things/events/all', 200],
    ['GET', '/nowhere', 404],
    ['GET', '/things/', 404],
    ['POST', '/things', 405],
    ['GET', '/things/%ff', 400],
    ['GET', '/%74hings', 308],
  ])('reads the answer, and why it is refused: %s %s', async (method, path, status) => {
    const answer = await ask(origin, method, path, { origin: page });
    expect([answer.status, fieldsOf(answer.headers)]).toEqual([
      status,
      {
        'access-control-allow-origin': page,
        'access-control-expose-headers': 'accept-patch, accept-post, allow, etag, link, location, retry-after',
      },
    ]);
    expect(answer.headers['vary']).toMatch(/\bOrigin\b/);
  });
  it('asks first whether it may change something', async () => {
    const { status, headers } = await ask(origin, 'OPTIONS', '/things/7', { origin: page, ...preflight });
    expect([status, headers['access-control-allow-origin'], headers['access-control-max-age']]).toEqual([
      204,
      page,
      '7200',
    ]);
    expect(headers['access-control-allow-methods']!.split(', ')).toContain('PUT');
    expect(headers['access-control-allow-headers']!.split(', ')).toEqual(
      expect.arrayContaining(['content-type', 'idempotency-key', 'if-match', 'traceparent']),
    );
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });
  it('gets what a handler says to OPTIONS that is no preflight', async () => {
    expect((await ask(origin, 'OPTIONS', '/things/7', { origin: page })).body).toBe('mine');
  });
});

it.each([
  'https://shop.example.evil.example',
  'https://shop.example:8443',
  'http://shop.example',
  'null',
  'HTTPS://shop.example',
])('a page of %s reads nothing', async (other) => {
  const answers = [
    await ask(origin, 'GET', '/things', { origin: other }),
    await ask(origin, 'OPTIONS', '/things/7', { origin: other, ...preflight }),
  ];
  for (const { headers } of answers)
    expect([fieldsOf(headers), headers['vary']]).toEqual([{}, expect.stringContaining('Origin')]);
});

it('answers vary by origin even if there is none, beside what the handler says', async () => {
  expect((await ask(origin, 'GET', '/things')).headers['vary']).toBe('Accept, Origin');
});

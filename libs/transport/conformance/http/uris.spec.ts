import { Controller, Get, type INestApplication, Param, Post, Query, Redirect } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../application.ts';
import { ask, send } from './raw.ts';

@Controller()
class ThingsController {
  @Get()
  root() {
    return { root: true };
  }
  @Get('v1/Things')
  list(@Query() query: object) {
    return query;
  }
  @Get('v1/Things/:id')
  get(@Param('id') id: string) {
    return { id };
  }
  @Post('v1/Things')
  post() {
    return {};
  }
  @Get('away')
  @Redirect('/v1/Things', 302)
  away() {}
}

let app: INestApplication;
let origin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ThingsController], []));
});
afterAll(() => app.close());

const locationOf = async (target: string, method = 'GET') => {
  const { status, headers } = await ask(origin, method, target);
  return [status, headers.location];
};

describe('one URI per resource', () => {
  it.each(['/', '/v1/Things', '/v1/Things?a=b', '/v1/Things/a%2Fb', "/v1/Things/a!$&'()*+,;=:@", '/v1/Things/...'])(
    'answers %s',
    async (target) => expect((await ask(origin, 'GET', target)).status).toBe(200),
  );

  it.each([
    '/v1/things',
    '/V1/Things',
    '/v1/Things/',
    '/v1/Things/1/',
    '//v1/Things',
    '/v1//Things',
    '//',
    '/v1/%54hings/',
    '/./v1/things',
  ])('is another URI, and 404: %s', async (target) => {
    const first = await ask(origin, 'GET', target);
    const { status, body } = first.status === 308 ? await ask(origin, 'GET', first.headers.location!) : first;
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ status: 404, reason: 'NOT_FOUND' });
  });

  it.each([
    ['/v1/%54hings', '/v1/Things'],
    ['/v1/Things/%7euser', '/v1/Things/~user'],
    ['/v1/Things/%c3%bc', '/v1/Things/%C3%BC'],
    ['/v1/Things/a%2fb?x=%2f', '/v1/Things/a%2Fb?x=%2f'],
    ['/v1/./Things', '/v1/Things'],
    ['/v1/x/../Things?a=1&b=2', '/v1/Things?a=1&b=2'],
    ['/v1/x/%2e%2E/Things', '/v1/Things'],
    ['/../../v1/Things', '/v1/Things'],
    ['/v1/..', '/'],
  ])('is the same URI spelled otherwise, and 308 to the one spelling: %s', async (target, location) => {
    expect(await locationOf(target)).toEqual([308, location]);
    expect(await locationOf(target, 'POST')).toEqual([308, location]);
    expect((await ask(origin, 'GET', location)).status).toBe(200);
  });

  it.each(['/.//elsewhere.example/%41', '/x/..//elsewhere.example', '/%2e//elsewhere.example'])(
    'never leads to another host: %s',
    async (target) => expect(await locationOf(target)).toEqual([404, undefined]),
  );

  it.each([
    ['/v1/Things/%', 'isPercentEncoded'],
    ['/v1/Things/%4', 'isPercentEncoded'],
    ['/v1/Things/%zz', 'isPercentEncoded'],
    ['/v1/Things/%ff', 'isUtf8'],
    ['/v1/Things/%C0%AF', 'isUtf8'],
    ['/v1/Things/%ED%A0%80', 'isUtf8'],
    ['/v1/Things/a|b', 'isUri'],
    ['/\\elsewhere.example/%2e', 'isUri'],
    ['/v1/Things#top', 'isUri'],
    ['*', 'isUri'],
  ])('refuses %s, which is no URI: %s', async (target, rule) => {
    const { status, body } = await send(
      origin,
      Buffer.from(`GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`),
    );
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ status: 400, violations: [{ path: '', rule }] });
  });

  it.each(['/v1/Things?a=ü', 'v1/Things', '/v1 /Things'])(
    'refuses %s, which the parser does not even read',
    async (target) => {
      const bytes = `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;
      const { status, body } = await send(origin, bytes);
      expect([status, JSON.parse(body).status]).toEqual([400, 400]);
    },
  );

  it('leaves redirects of the application alone', async () => {
    expect(await locationOf('/away')).toEqual([302, '/v1/Things']);
  });
});

describe('the host', () => {
  it('may stand in the target', async () => {
    expect((await ask(origin, 'GET', 'http://test/v1/Things/7')).body).toBe('{"id":"7"}');
    expect((await ask(origin, 'GET', 'http://test')).body).toBe('{"root":true}');
  });
  it.each([
    ['is missing', ''],
    ['is there twice', 'Host: a\r\nhost: b\r\n'],
    ['is a URI', 'Host: http://a/\r\n'],
    ['has a user', 'Host: me@a\r\n'],
  ])('%s: 400', async (_, hosts) => {
    const { status, headers } = await send(origin, `GET / HTTP/1.1\r\n${hosts}connection: close\r\n\r\n`);
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json']);
  });
  it('need not be there in HTTP/1.0', async () => {
    expect((await send(origin, 'GET / HTTP/1.0\r\n\r\n')).status).toBe(200);
  });
});

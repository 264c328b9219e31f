import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import { Controller, Get, Header, type INestApplication } from '@nestjs/common';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Produces } from '../../src/http/produces.ts';
import { codingOf } from '../../src/http/response/compression.ts';
import { sse } from '../../src/http/sse.ts';
import { startApplication } from '../application.ts';

const LONG = { text: 'ü'.repeat(5000) };

@Controller()
class ThingsController {
  @Get('long')
  @Header('etag', '"v1"')
  long() {
    return LONG;
  }
  @Get('short')
  short() {
    return { text: 'short' };
  }
  @Get('image')
  @Header('content-type', 'image/png')
  image() {
    return 'x'.repeat(5000);
  }
  @Get('as-it-is')
  @Header('cache-control', 'no-transform')
  asItIs() {
    return LONG;
  }
  @Get('events')
  @Produces('text/event-stream')
  events() {
    return sse(of(LONG), (message) => message);
  }
}

let app: INestApplication;
let plain: INestApplication;
let origin: string;
let plainOrigin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ThingsController], [], { http: { compression: true } }));
  ({ app: plain, origin: plainOrigin } = await startApplication([ThingsController], []));
});
afterAll(async () => {
  await app.close();
  await plain.close();
});

const get = async (path: string, accepted?: string, method = 'GET', from = origin) => {
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
  const asked = request(from + path, { method, headers, agent: false }).end();
  const [response] = await once(asked, 'response');
  return { headers: response.headers as Record<string, string>, body: await buffer(response) };
};

describe('an answer of 1 kB and more', () => {
  it.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const)('is compressed as the client likes it: %s', async (coding, decompress) => {
    const { headers, body } = await get('/long', coding);
    expect(headers).toMatchObject({
      'content-encoding': coding,
      'content-length': String(body.length),
      etag: 'W/"v1"',
      vary: 'Accept-Encoding',
    });
    expect(body.length).toBeLessThan(1000);
    expect(JSON.parse(decompress(body).toString())).toEqual(LONG);
  });
  it('has the same header fields for HEAD', async () => {
    const { headers } = await get('/long', 'gzip', 'HEAD');
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', etag: 'W/"v1"', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('content-length');
  });
  it.each([undefined, 'identity', 'gzip;q=0', 'zstd'])('is sent as it is to who accepts %s', async (accepted) => {
    const { headers, body } = await get('/long', accepted);
    expect([headers['content-encoding'], headers['vary'], headers['etag']]).toEqual([
      undefined,
      'Accept-Encoding',
      '"v1"',
    ]);
    expect(JSON.parse(body.toString())).toEqual(LONG);
  });
});

it.each(['/short', '/image', '/as-it-is', '/events', '/nowhere'])('leaves %s as it is', async (path) => {
  const { headers } = await get(path, 'gzip, br');
  expect([headers['content-encoding'], headers['vary']]).toEqual([undefined, undefined]);
});
it('is off unless it is asked for', async () => {
  const { headers } = await get('/long', 'gzip', 'GET', plainOrigin);
  expect([headers['content-encoding'], headers['vary']]).toEqual([undefined, undefined]);
});
it.each([
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['*', 'br'],
  ['*;q=0.5, br;q=0', 'gzip'],
  ['GZIP', 'gzip'],
  ['identity, *;q=0', undefined],
  ['', undefined],
])('Accept-Encoding: %s means %s', (accepted, coding) => {
  expect(codingOf(accepted)).toBe(coding);
});

import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../application.ts';
import { open, parse, send } from './raw.ts';

@Controller('things')
class ThingsController {
  @Get()
  list() {
    return [];
  }
  @Get('slow')
  async slow() {
    await sleep(300);
    return { slow: true };
  }
  @Post()
  post(@Body() body: unknown) {
    return { body };
  }
}

let app: INestApplication;
let origin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ThingsController], []));
});
afterAll(() => app.close());

const GET = 'GET /things HTTP/1.1\r\nhost: a\r\n';
const POST = 'POST /things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';

/** `send` ends only if the server closes the connection. */
describe('a request that Node refuses by itself gets a problem document, and its connection ends', () => {
  it.each([
    ['a header field without a name', `${GET}: b\r\n\r\n`, 400],
    ['a folded header field', `${GET}a: b\r\n c: d\r\n\r\n`, 400],
    [
      'two framings of the body',
      `${POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      400,
    ],
    ['a length that is no number', `${POST}content-length: two\r\n\r\n{}`, 400],
    ['a transfer coding that is not chunked', `${POST}transfer-encoding: gzip\r\n\r\n`, 400],
    ['transfer codings before chunked', `${POST}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
    ['a chunk without a size', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere\r\n\r\n', 501],
    ['TLS', Buffer.from('16030100750100007103039a', 'hex'), 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['HTTP/3', 'GET / HTTP/3.0\r\nhost: a\r\n\r\n', 505],
    ['a URI of 10 kB', `GET /${'x'.repeat(10_000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`, 414],
    ['a URI of 100 kB', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 414],
    ['header fields of 20 kB', `${GET}a: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['many header fields', `${GET}${'a: b\r\n'.repeat(5000)}\r\n`, 431],
    ['an expectation', `${POST}expect: 200-ok\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`, 417],
  ])('%s', async (_, bytes, status) => {
    const answer = await send(origin, bytes);
    expect([answer.status, answer.headers['content-type'], answer.headers.connection]).toEqual([
      status,
      'application/problem+json',
      'close',
    ]);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code: expect.any(String), reason: expect.any(String) });
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.body));
    expect(answer.headers.date).toMatch(/GMT$/);
  });

  it('if it is not sent in time', async () => {
    const accepted = once(app.getHttpServer(), 'connection');
    const socket = open(origin, 'GET /things HTTP/1.1\r\n');
    const [connection] = await accepted;
    // what Node does once headersTimeout is over, which it looks at every 30 s
    const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    app.getHttpServer().emit('clientError', late, connection);
    const { status, headers, body } = parse(await text(socket));
    expect([status, headers.connection, JSON.parse(body).status]).toEqual([408, 'close', 408]);
  });
});

it('answers what was asked before bytes that are no request', async () => {
  const answer = await send(origin, `GET /things/slow HTTP/1.1\r\nhost: a\r\n\r\nnonsense\r\n\r\n`);
  expect([answer.status, answer.body]).toEqual([200, '{"slow":true}']);
});

it('answers a body that is larger than 1 MiB before it has come, and a client that goes on sending hears it', async () => {
  const chunk = 'x'.repeat(64 * 1024);
  const socket = open(origin, `${POST}content-length: 50000000\r\n\r\n`);
  socket.on('error', () => {});
  const answer = text(socket);
  for (let sent = 0; sent < 40 && socket.writable; sent++) if (!socket.write(chunk)) await once(socket, 'drain');
  const { status, headers } = parse(await answer);
  expect([status, headers.connection]).toEqual([413, 'close']);
});

describe('Expect: 100-continue', () => {
  it('is told to go on, and answered', async () => {
    const socket = open(origin, `${POST}content-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`);
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1.1 100 Continue\r\n/);
    socket.write('{}');
    expect(parse(await text(socket)).status).toBe(201);
  });
  it.each([
    ['405', 'PATCH /things', 'application/json', 2],
    ['413', 'POST /things', 'application/json', 2_000_000],
  ])('is refused without: %s', async (status, line, type, length) => {
    const answer = await send(
      origin,
      `${line} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nexpect: 100-continue\r\n\r\n`,
    );
    expect([answer.status, answer.headers.connection]).toEqual([Number(status), 'close']);
  });
});

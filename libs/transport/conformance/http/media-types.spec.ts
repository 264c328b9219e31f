import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Body, Controller, Get, Header, type INestApplication, Patch, Post, Put, Req, Sse } from '@nestjs/common';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from '@fourfold/testing/parcels';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { Produces } from '../../src/http/produces.ts';
import { startApplication } from '../application.ts';

const parcel: Parcel = { parcelId: 'p', senderId: 'c', status: 'SENT', items: [], sentAt: new Date(0) };
let sent = 0;

@Implements(ParcelsContract)
class ParcelsController {
  sendParcel(@Input() { senderId }: SendParcelDto): Parcel {
    sent++;
    return { ...parcel, senderId };
  }
  getParcel(@Input() _: GetParcelDto): Parcel {
    return parcel;
  }
  watchParcel(@Input() _: WatchParcelDto) {
    return of(parcel);
  }
}
@Controller('plain')
class PlainController {
  @Put('input')
  put(@Input(SendParcelDto) { senderId }: SendParcelDto) {
    return { senderId };
  }
  @Patch('input')
  patch(@Input(SendParcelDto) { senderId }: SendParcelDto) {
    return { senderId };
  }
  @Post('body')
  body(@Body() body: unknown) {
    return { body };
  }
  @Post('bytes')
  async bytes(@Req() request: AsyncIterable<Buffer>) {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    return { size };
  }
  @Get('page')
  @Header('content-type', 'text/html; charset=utf-8')
  page() {
    return '<p>';
  }
  @Sse('nest')
  nest() {
    return of({ data: 'x' });
  }
  @Get('either')
  @Produces('application/json', 'text/csv')
  either() {
    return 'a,b';
  }
  @Get('any')
  @Produces()
  any() {
    return {};
  }
}

let app: INestApplication;
let origin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ParcelsController, PlainController], []));
});
afterAll(() => app.close());

const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return (await response.json()) as Record<string, unknown>;
};

describe('what the client accepts', () => {
  const get = (path: string, accept: string) => fetch(origin + path, { headers: { accept } });
  it.each([
    ['/parcels/p', 'application/json', 200],
    ['/parcels/p', 'text/html, */*;q=0.1', 200],
    ['/parcels/p', 'text/html', 406],
    ['/parcels/p', 'application/json;q=0, */*', 406],
    ['/parcels/p/events', 'text/event-stream', 200],
    ['/parcels/p/events', 'application/json', 406],
    ['/plain/nest', 'text/event-stream', 200],
    ['/plain/nest', 'application/json', 406],
    ['/plain/page', 'text/html', 200],
    ['/plain/page', 'application/json', 406],
    ['/plain/either', 'text/csv', 200],
    ['/plain/either', 'text/plain', 406],
    ['/plain/any', 'text/plain', 200],
  ])('%s for %s: %i', async (path, accept, status) => {
    const response = await get(path, accept);
    expect(response.status).toBe(status);
    const { reason } = status === 406 ? await problemOf(response) : { reason: undefined };
    expect(reason).toBe(status === 406 ? 'NOT_ACCEPTABLE' : undefined);
  });
  it('is looked at before the handler is called', async () => {
    const before = sent;
    const headers = { accept: 'text/html', 'content-type': 'application/json' };
    expect((await fetch(`${origin}/parcels`, { method: 'POST', headers, body: '{"senderId":"c"}' })).status).toBe(406);
    expect(sent).toBe(before);
  });
  it('does not keep it from learning what went wrong', async () => {
    expect((await problemOf(await get('/nowhere', 'application/json'))).status).toBe(404);
  });
});

describe('several media types', () => {
  const get = (accept: string, method = 'GET') => fetch(`${origin}/plain/either`, { method, headers: { accept } });
  it.each([
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
  ])('the answer to %s is %s', async (accept, type) => {
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await get(accept, method);
      expect(headers.get('content-type')).toContain(type);
      expect(headers.get('vary')).toBe('Accept');
    }
  });
  it('a cache learns that a refusal depends on Accept, too', async () => {
    const response = await get('text/plain');
    expect([response.status, response.headers.get('vary')]).toEqual([406, 'Accept']);
    expect((await problemOf(response)).reason).toBe('NOT_ACCEPTABLE');
  });
  it('of which there is one, the answer does not vary', async () => {
    expect((await fetch(`${origin}/plain/page`)).headers.get('vary')).toBeNull();
  });
});

describe('a body', () => {
  const send = (
    path: string,
    method: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string>,
  ) => fetch(origin + path, { method, body, headers });
  const JSON_BODY = '{"senderId":"ü","items":[{"articleId":"a","quantity":1}]}';
  const latin1 = Buffer.from(JSON_BODY, 'latin1');

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/vnd.example+json',
    'APPLICATION/JSON',
  ])('may be %s', async (type) => {
    const response = await send('/parcels', 'POST', JSON_BODY, { 'content-type': type });
    expect(await response.json()).toMatchObject({ senderId: 'ü' });
  });

  it.each([
    ['POST', '/parcels', 'text/plain', { 'accept-post': 'application/json' }],
    ['POST', '/parcels', 'application/jsonx', { 'accept-post': 'application/json' }],
    ['POST', '/parcels', 'application/json; charset=iso-8859-1', { 'accept-post': 'application/json' }],
    ['POST', '/plain/body', 'application/json; charset=utf-16', { 'accept-post': 'application/json' }],
    ['PATCH', '/plain/input', 'application/x-www-form-urlencoded', { 'accept-patch': 'application/json' }],
    ['PUT', '/plain/input', 'application/xml', {}],
  ])('%s %s of type %s is refused, with what would be taken', async (method, path, type, fields) => {
    const response = await send(path, method, latin1, { 'content-type': type });
    expect(response.status).toBe(415);
    expect(Object.fromEntries(response.headers)).toMatchObject({ accept: 'application/json', ...fields });
    expect(await problemOf(response)).toMatchObject({ reason: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may be compressed: %s', async (coding, compress) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': coding };
    expect(await (await send('/parcels', 'POST', Buffer.from(compress(JSON_BODY)), headers)).json()).toMatchObject({
      senderId: 'ü',
    });
    const bomb = Buffer.from(compress(`{"senderId":"${'x'.repeat(2_000_000)}"}`));
    expect((await send('/parcels', 'POST', bomb, headers)).status).toBe(413);
    expect((await send('/parcels', 'POST', JSON_BODY, headers)).status).toBe(400);
  });
  it('is refused in another coding, with those that are read', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'compress' };
    const response = await send('/parcels', 'POST', JSON_BODY, headers);
    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate, br']);
  });

  it('of another type is left to the handler that reads it', async () => {
    const response = await send('/plain/bytes', 'POST', latin1, { 'content-type': 'text/plain' });
    expect(await response.json()).toEqual({ size: latin1.length });
  });

  it.each([
    ['{"senderId":"c","items":[{"quantity":1,"quantity":2}]}', 'items[0].quantity', 'isOnce'],
    [Buffer.from('{"senderId":"\xff"}', 'latin1'), '', 'isUtf8'],
    ['{"senderId":"\\ud83d"}', 'senderId', 'isWellFormed'],
    ['{"senderId":c}', '', 'isReadable'],
    ['\ufeff{"senderId":"c"}', '', 'isReadable'],
  ])('is refused where it is wrong: %s', async (body, path, rule) => {
    const response = await send('/parcels', 'POST', body, { 'content-type': 'application/json' });
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ reason: 'INVALID_INPUT', violations: [{ path, rule }] });
  });
  it('is read as strictly for a plain @Body()', async () => {
    const type = { 'content-type': 'application/json' };
    expect((await send('/plain/body', 'POST', '{"a":1,"a":2}', type)).status).toBe(400);
    expect(await (await send('/plain/body', 'POST', '[1]', type)).json()).toEqual({ body: [1] });
  });
});

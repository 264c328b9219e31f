import {
  All,
  Body,
  Controller,
  Delete,
  Get,
  type INestApplication,
  Options,
  Param,
  Post,
  Put,
  Search,
} from '@nestjs/common';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from '@fourfold/testing/parcels';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { startApplication } from '../application.ts';
import { ask, send } from './raw.ts';

const parcel: Parcel = { parcelId: 'p', senderId: 'c', status: 'SENT', items: [], sentAt: new Date(0) };

@Implements(ParcelsContract)
class ParcelsController {
  sendParcel(@Input() _: SendParcelDto): Parcel {
    return parcel;
  }
  getParcel(@Input() { parcelId }: GetParcelDto): Parcel {
    return { ...parcel, parcelId };
  }
  watchParcel(@Input() _: WatchParcelDto) {
    return of(parcel);
  }
}
/** Without a contract, and with all that Nest can mount. */
@Controller('plain/things')
class PlainController {
  @Get()
  list() {
    return [];
  }
  @Get('latest')
  latest() {
    return { id: 'latest' };
  }
  @Put(':id')
  put(@Param('id') id: string, @Body() _: object) {
    return { id };
  }
  @Delete(':thing')
  delete(@Param('thing') id: string) {
    return { id };
  }
  @Post(['both', 'ways'])
  post() {
    return {};
  }
  @Search('any')
  search() {
    return {};
  }
  @All('all')
  all() {
    return {};
  }
  @Options('own')
  options() {
    return 'mine';
  }
  @Get('files/*path')
  file(@Param('path') path: string[]) {
    return { path };
  }
}

let app: INestApplication;
let origin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ParcelsController, PlainController], []));
});
afterAll(() => app.close());

describe('Allow', () => {
  it.each([
    ['/parcels', 'OPTIONS, POST'],
    ['/parcels/p-1', 'GET, HEAD, OPTIONS'],
    ['/parcels/p-1/events', 'GET, HEAD, OPTIONS'],
    ['/plain/things', 'GET, HEAD, OPTIONS'],
    ['/plain/things/7', 'DELETE, OPTIONS, PUT'],
    ['/plain/things/latest', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['/plain/things/both', 'DELETE, OPTIONS, POST, PUT'],
    ['/plain/things/ways', 'DELETE, OPTIONS, POST, PUT'],
    ['/plain/things/any', 'DELETE, OPTIONS, PUT, SEARCH'],
    ['/plain/things/files/a/b', 'GET, HEAD, OPTIONS'],
  ])('%s: %s', async (path, allow) => {
    const response = await fetch(origin + path, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([204, allow, '']);
    const refused = await fetch(origin + path, { method: 'PATCH', body: '{}' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, allow]);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ status: 405, reason: 'METHOD_NOT_ALLOWED' });
  });

  it('of the server as a whole', async () => {
    const { status, headers, body } = await ask(origin, 'OPTIONS', '*');
    expect([status, body]).toEqual([204, '']);
    expect(headers.allow).toBe('DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, SEARCH');
    expect(headers['content-length']).toBeUndefined();
  });
});

it('leaves OPTIONS to a handler of its own', async () => {
  expect(await (await fetch(`${origin}/plain/things/own`, { method: 'OPTIONS' })).text()).toBe('mine');
});

it('runs the handler of every method that is mounted', async () => {
  for (const [method, path] of [
    ['PUT', '/plain/things/7'],
    ['DELETE', '/plain/things/7'],
    ['POST', '/plain/things/ways'],
    ['SEARCH', '/plain/things/any'],
    ['PATCH', '/plain/things/all'],
    ['GET', '/plain/things/files/a/b'],
  ])
    expect([method, Math.floor((await fetch(origin + path, { method })).status / 100)]).toEqual([method, 2]);
});

it('answers 404 for a path without any route, whatever the method', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE'])
    expect((await fetch(`${origin}/nowhere`, { method })).status).toBe(404);
});

describe('HEAD', () => {
  it.each(['/parcels/p-1', '/plain/things', '/plain/things/latest'])(
    'has the header fields of GET, and nothing more: %s',
    async (path) => {
      const fields = ({ status, headers: { date: _, ...others } }: Awaited<ReturnType<typeof ask>>) => [status, others];
      const [get, head] = [await ask(origin, 'GET', path), await ask(origin, 'HEAD', path)];
      expect(fields(head)).toEqual(fields(get));
      expect(Number(get.headers['content-length'])).toBe(get.body.length);
      expect(head.body).toBe('');
    },
  );
});

it.each(['BREW', 'TRACE', 'LINK', 'get', 'MKCALENDAR'])('answers 501 to %s, which no resource has', async (method) => {
  const { status, headers, body } = await send(
    origin,
    `${method} /parcels/p HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
  );
  expect([status, headers['content-type']]).toEqual([501, 'application/problem+json']);
  expect(JSON.parse(body)).toMatchObject({ status: 501, reason: 'NOT_IMPLEMENTED' });
});

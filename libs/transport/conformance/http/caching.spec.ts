import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get, Header, type INestApplication, Post } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto } from '@fourfold/testing/parcels';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { IfNoneMatch } from '../../src/http/preconditions.ts';
import { Produces } from '../../src/http/produces.ts';
import { sse } from '../../src/http/sse.ts';
import { startApplication } from '../application.ts';

const POLICY = 'public, max-age=60';
const MODIFIED = new Date('2026-11-01T10:00:00.900Z');
let current: { text: string; at: Date } = { text: 'one', at: MODIFIED };

@Controller('notes')
class NotesController {
  @Get('silent')
  silent() {
    return { text: 'nobody said that it may be kept' };
  }
  @Get('public')
  @Header('cache-control', POLICY)
  @Header('content-location', '/notes/public')
  @Header('vary', 'Accept-Language')
  public(@IfNoneMatch() cached: IfNoneMatch) {
    return cached.answerByDigest({ text: current.text, long: 'x'.repeat(2000) }, current.at);
  }
  @Get('either')
  @Produces('application/a+json', 'application/json')
  @Header('cache-control', POLICY)
  either(@IfNoneMatch() cached: IfNoneMatch) {
    return cached.answerByDigest({ text: 'the same' });
  }
  @Get('failing')
  @Header('cache-control', POLICY)
  @Header('etag', '"v1"')
  @Header('last-modified', MODIFIED.toUTCString())
  @Header('link', '</notes>; rel="up"')
  failing() {
    throw new ServiceError('NOT_FOUND', 'NO_NOTE', 'there is none');
  }
  @Get('slow')
  @Header('cache-control', POLICY)
  @Header('etag', '"v1"')
  slow() {
    return new Promise(() => {});
  }
  @Post()
  add() {
    return { text: 'added' };
  }
  @Get('events')
  @Produces('text/event-stream')
  events() {
    return sse(of({ text: 'event' }), (message) => message);
  }
}

const { getParcel, sendParcel } = ParcelsContract;
@Implements({ getParcel, sendParcel })
class ParcelsController {
  @Header('cache-control', POLICY)
  getParcel(@Input() { parcelId }: GetParcelDto): Parcel {
    return { parcelId, senderId: 'c', status: 'SENT', items: [], sentAt: MODIFIED };
  }
  sendParcel(@Input() _: SendParcelDto): Parcel {
    return { parcelId: 'p', senderId: 'c', status: 'SENT', items: [], sentAt: MODIFIED };
  }
}

let app: INestApplication;
let compressing: INestApplication;
let origin: string;
let compressingOrigin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([NotesController, ParcelsController], []));
  ({ app: compressing, origin: compressingOrigin } = await startApplication([NotesController], [], {
    http: { compression: true },
  }));
});
afterAll(async () => {
  await app.close();
  await compressing.close();
});

const read = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(origin + path, { method, headers });
const policyOf = (response: Response) => response.headers.get('cache-control');

describe('an answer whose route states no policy', () => {
  it.each([
    ['GET', '/notes/silent', 200],
    ['HEAD', '/notes/silent', 200],
    ['POST', '/notes', 201],
    ['POST', '/parcels', 400],
    ['OPTIONS', '/notes/silent', 204],
    ['DELETE', '/notes/silent', 405],
    ['GET', '/notes/%73ilent', 308],
    ['GET', '/nowhere', 404],
  ])('must not be stored: %s %s', async (method, path, status) => {
    const response = await fetch(origin + path, { method, redirect: 'manual' });
    expect([response.status, policyOf(response)]).toEqual([status, 'no-store']);
    expect(response.headers.get('etag')).toBeNull();
  });

  it('must not be stored if it is an event stream', async () => {
    const response = await read('/notes/events');
    expect(policyOf(response)).toBe('no-store, no-transform');
    await response.text();
  });

  it('must not be stored if the request is no HTTP', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.write('this is not HTTP\r\n\r\n');
    expect(await text(socket)).toContain('cache-control: no-store');
  });
});

describe('an error', () => {
  it.each([
    ['/notes/failing', {}, 404],
    ['/notes/slow', { 'connect-timeout-ms': '50' }, 504],
    ['/notes/public', { accept: 'text/html' }, 406],
  ])('must not be stored, whatever the policy of its route: %s', async (path, headers, status) => {
    const response = await read(path, headers);
    expect([response.status, policyOf(response)]).toEqual([status, 'no-store']);
    for (const name of ['etag', 'last-modified', 'link', 'content-location'])
      expect(response.headers.get(name)).toBeNull();
    await response.text();
  });
});

describe('an answer whose route states a policy', () => {
  it('has that policy, and a strong ETag that changes with what is shown', async () => {
    const first = await read('/notes/public');
    expect(policyOf(first)).toBe(POLICY);
    expect(first.headers.get('etag')).toMatch(/^"[\w-]{22}"$/);
    expect((await read('/notes/public')).headers.get('etag')).toBe(first.headers.get('etag'));
    current = { ...current, text: 'two' };
    expect((await read('/notes/public')).headers.get('etag')).not.toBe(first.headers.get('etag'));
  });

  it.each(['GET', 'HEAD'])('is a 304 with all that caches need for who has it: %s', async (method) => {
    const { headers } = await read('/notes/public');
    const response = await read('/notes/public', { 'if-none-match': headers.get('etag')! }, method);
    expect([response.status, await response.text()]).toEqual([304, '']);
    for (const name of ['cache-control', 'content-location', 'date', 'etag', 'last-modified', 'vary'])
      expect([name, response.headers.get(name)]).toEqual([name, headers.get(name) ?? 'missing']);
    for (const name of ['content-type', 'content-length']) expect(response.headers.get(name)).toBeNull();
  });

  it('has the same header fields for HEAD', async () => {
    const fieldsOf = async (method: string) => {
      const { headers } = await read('/notes/public', {}, method);
      return [...headers].filter(([name]) => !['connection', 'date', 'keep-alive'].includes(name)); // not of the resource
    };
    expect(await fieldsOf('HEAD')).toEqual(await fieldsOf('GET'));
  });

  it('has another ETag in each media type, and the 304 says that it varies', async () => {
    const tags = ['application/a+json', 'application/json'].map(async (accept) => {
      const { headers } = await read('/notes/either', { accept });
      const again = await read('/notes/either', { accept, 'if-none-match': headers.get('etag')! });
      expect([again.status, again.headers.get('vary')]).toEqual([304, 'Accept']);
      return headers.get('etag')!;
    });
    const [first, second] = await Promise.all(tags);
    expect(second).toBe(first!.replace(/"$/, ';application/json"'));
    const other = await read('/notes/either', { accept: 'application/json', 'if-none-match': first! });
    expect(other.status).toBe(200);
  });

  it('may be one of a contract: it is tagged, too', async () => {
    const first = await read('/parcels/p-1');
    expect(policyOf(first)).toBe(POLICY);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const known = await read('/parcels/p-1', { 'if-none-match': etag });
    expect([known.status, known.headers.get('etag'), policyOf(known)]).toEqual([304, etag, POLICY]);
    expect((await read('/parcels/p-2', { 'if-none-match': etag })).status).toBe(200);
  });
});

describe('Last-Modified', () => {
  const since = (date: string, more: Record<string, string> = {}) =>
    read('/notes/public', { 'if-modified-since': date, ...more }).then(({ status }) => status);

  it('is the second of the last change', async () => {
    expect((await read('/notes/public')).headers.get('last-modified')).toBe('Sun, 01 Nov 2026 10:00:00 GMT');
  });

  it('is compared for clients that know no ETag', async () => {
    expect(await since('Sun, 01 Nov 2026 10:00:00 GMT')).toBe(304);
    expect(await since('Sun, 01 Nov 2026 09:59:59 GMT')).toBe(200);
  });

  it.each(['', 'yesterday', '2026-11-02'])('is not compared with what is no date: `%s`', async (date) => {
    expect(await since(date)).toBe(200);
  });

  it('is not compared if there is an If-None-Match', async () => {
    expect(await since('Sun, 01 Nov 2026 10:00:00 GMT', { 'if-none-match': '"another"' })).toBe(200);
  });

  it('is not there while its second lasts: another change in it would have the same', async () => {
    current = { ...current, at: new Date(Date.now() + 1000) };
    const response = await read('/notes/public', { 'if-modified-since': new Date(Date.now() + 2000).toUTCString() });
    current = { ...current, at: MODIFIED };
    expect([response.status, response.headers.get('last-modified')]).toEqual([200, null]);
  });
});

describe('a 304 for a client that has compressed bytes', () => {
  const compressed = (headers: Record<string, string>) =>
    fetch(`${compressingOrigin}/notes/public`, { headers: { 'accept-encoding': 'gzip', ...headers } });

  it('has their ETag, and Vary', async () => {
    const { headers } = await compressed({});
    const etag = headers.get('etag')!;
    expect([headers.get('content-encoding'), etag.slice(0, 2)]).toEqual(['gzip', 'W/']);
    const known = await compressed({ 'if-none-match': etag });
    expect([known.status, known.headers.get('etag')]).toEqual([304, etag]);
    expect(known.headers.get('vary')).toBe(headers.get('vary'));
  });

  it('has the strong one if that is what the client has', async () => {
    const etag = (await compressed({ 'accept-encoding': 'identity' })).headers.get('etag')!;
    const known = await compressed({ 'if-none-match': etag });
    expect([known.status, known.headers.get('etag')]).toEqual([304, etag]);
  });
});

import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get, type INestApplication, UseGuards } from '@nestjs/common';
import { defineError, ServiceError } from '@fourfold/contracts/service-error';
import { concat, Observable, of, switchMap, throwError, timer } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from '@fourfold/testing/parcels';
import { currentMessage } from '../../src/context.ts';
import { HttpClient } from '../../src/http/client.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { startApplication } from '../application.ts';

const soldOut = defineError<{ id: string }>(
  'FAILED_PRECONDITION',
  'SOLD_OUT',
  ({ id }) => ({
    message: `${id} is gone`,
    metadata: { id },
    violations: [{ path: 'items[0]', rule: 'stock', message: 'no' }],
  }),
  { httpStatus: 409 },
);
const parcel = (parcelId: string): Parcel => ({
  parcelId,
  senderId: 'c',
  status: 'SENT',
  items: [],
  sentAt: new Date(0),
});

/** Of the last call of `getParcel`. */
let deadline: number;

@Implements(ParcelsContract)
class ParcelsController {
  async sendParcel(@Input() input: SendParcelDto): Promise<Parcel> {
    return { ...parcel(input.senderId), secret: 'column' } as Parcel;
  }
  getParcel(@Input() { parcelId }: GetParcelDto): Parcel {
    deadline = currentMessage()!.deadline!;
    return parcel(parcelId);
  }
  watchParcel(@Input() { parcelId }: WatchParcelDto): Observable<Parcel> {
    // not at once, but as a database would: the next macrotask is too late for Nest's @Sse()
    if (parcelId === 'none')
      return timer(20).pipe(switchMap(() => throwError(() => new ServiceError('NOT_FOUND', 'PARCEL_NOT_FOUND', 'no'))));
    const parcels = of(parcel(parcelId), parcel(parcelId));
    return parcelId === 'fails'
      ? concat(
          parcels,
          throwError(() => soldOut({ id: parcelId })),
        )
      : parcels;
  }
}
/** A guard that waits for somebody who does not answer. */
const never = { canActivate: () => new Promise<boolean>(() => {}) };
@Controller('guarded')
class GuardedController {
  @Get()
  @UseGuards(never)
  get() {
    return 'never';
  }
}
abstract class ParcelsClient extends clientOf(ParcelsContract) {}

let app: INestApplication;
let origin: string;

beforeAll(async () => {
  ({ app, origin } = await startApplication([ParcelsController, GuardedController], []));
});
afterAll(() => app.close());

it('takes path parameters', async () => {
  const transport = new HttpClient(origin);
  expect(await createClient(ParcelsClient, transport).getParcel({ parcelId: 'p 1/ü' })).toEqual(parcel('p 1/ü'));
  await transport.close();
});

it('gives a caller ten seconds who does not say how long it waits', async () => {
  const before = Date.now();
  await fetch(`${origin}/parcels/p`);
  expect(deadline).toBeGreaterThanOrEqual(before + 10_000);
  expect(deadline).toBeLessThanOrEqual(Date.now() + 10_000);
  await fetch(`${origin}/parcels/p`, { headers: { 'connect-timeout-ms': '3000' } });
  expect(deadline).toBeLessThanOrEqual(Date.now() + 3000);
});

describe('a stream', () => {
  it('is SSE over HTTP', async () => {
    const response = await fetch(`${origin}/parcels/p/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect((await response.text()).match(/^data: /gm)).toHaveLength(2);
  });
  it('that fails before its first message fails with its status', async () => {
    const response = await fetch(`${origin}/parcels/none/events`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ reason: 'PARCEL_NOT_FOUND' });
  });
  it('that fails later ends with an error event', async () => {
    const response = await fetch(`${origin}/parcels/fails/events`);
    const [, , failure] = (await response.text()).split('\n\n');
    expect(failure).toMatch(/^event: error\ndata: \{.*"reason":"SOLD_OUT"/);
  });
  it('has headers but no events for HEAD', async () => {
    const response = await fetch(`${origin}/parcels/p/events`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
  });
});

describe('over plain HTTP', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${origin}/parcels`, { method: 'POST', body, headers: { 'content-type': type } });

  it.each([
    ['[]', 400, [{ path: '', rule: 'isObject' }]],
    [
      '{"senderId":5,"items":"x"}',
      400,
      [
        { path: 'senderId', rule: 'isString' },
        { path: 'items', rule: 'isArray' },
      ],
    ],
    ['{"senderId":"c","items":{}}', 400, [{ path: 'items', rule: 'isArray' }]],
    [
      '{"senderId":null,"items":[5]}',
      400,
      [
        { path: 'senderId', rule: 'isLength' },
        { path: 'items[0]', rule: 'nestedValidation' },
      ],
    ],
    [
      '{"senderId":"c","items":[{"articleId":"a","quantity":9007199254740993}]}',
      400,
      [{ path: 'items[0].quantity', rule: 'isSafeInteger' }],
    ],
  ])('refuses %s', async (body, status, violations) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: expect.arrayContaining(violations.map((violation) => expect.objectContaining(violation))),
    });
  });
  it('refuses what is not JSON', async () => {
    expect((await post('{')).status).toBe(400);
    expect((await post('<a/>', 'text/xml')).status).toBe(415);
    expect(await (await post('{')).json()).toMatchObject({ code: 'INVALID_ARGUMENT', status: 400 });
  });
  it('answers 504 to a body that comes too slowly, and ends its connection', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': '1000', 'connect-timeout-ms': '300' };
    const slow = request(`${origin}/parcels`, { method: 'POST', headers });
    slow.on('error', () => {});
    slow.write('{"senderId":');
    const [response] = await once(slow, 'response');
    expect([response.statusCode, response.headers.connection]).toEqual([504, 'close']);
    await once(response.resume(), 'close');
  });
  it('answers 504 when a guard does not answer', async () => {
    const response = await fetch(`${origin}/guarded`, { headers: { 'connect-timeout-ms': '300' } });
    expect([response.status, await response.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }),
    ]);
  });
  it('keeps a connection for longer than load balancers do, which is 60 s', async () => {
    expect((await fetch(`${origin}/parcels/p`)).headers.get('keep-alive')).toBe('timeout=65');
  });
  it('answers an unknown route with a problem', async () => {
    const response = await fetch(`${origin}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' });
  });
  it('answers nothing but the fields of the message, and all of them', async () => {
    const response = await post('{"senderId":"c","items":[{"articleId":"a","quantity":1}],"extra":1}');
    expect(await response.json()).toEqual({
      parcelId: 'c',
      senderId: 'c',
      status: 'SENT',
      items: [],
      sentAt: '1970-01-01T00:00:00.000Z',
    });
  });
});

it('does not wait for a client that has connected and asks for nothing', async () => {
  const own = await startApplication([ParcelsController], []);
  const socket = connect(Number(new URL(own.origin).port), '127.0.0.1');
  await once(own.app.getHttpServer(), 'connection');
  const start = performance.now();
  await own.http.close();
  expect(performance.now() - start).toBeLessThan(5000); // of 10 s
  socket.destroy();
});

it('answers connections that the operating system accepted before it was closed', async () => {
  const own = await startApplication([ParcelsController], []);
  const port = Number(new URL(own.origin).port);
  const answers = Array.from({ length: 5 }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.end('GET /parcels/p HTTP/1.1\r\nhost: a\r\n\r\n');
    return text(socket);
  });
  await new Promise((resolve) => process.nextTick(resolve)); // sockets connect in the next tick; none is accepted yet
  await own.http.close();
  for (const answer of await Promise.all(answers)) expect(answer).toContain('200 OK');
});

import type { IncomingMessage } from 'node:http';
import { type INestApplication, Res } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto } from '@fourfold/testing/parcels';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import type { CacheOptions } from '../../src/http/cache.ts';
import { httpClient } from '../../src/http/transport.ts';
import type { Client } from '../../src/transport.ts';
import { startApplication } from '../application.ts';

const { getParcel, sendParcel } = ParcelsContract;
abstract class ParcelsClient extends clientOf({ getParcel, sendParcel }) {}
interface HttpResponse {
  header(name: string, value: string): void;
}

/** What the server answers with. */
let headers: Record<string, string>;
let senderId: string;
let before: () => void | Promise<void>;

@Implements({ getParcel, sendParcel })
class ParcelsController {
  async getParcel(@Input() { parcelId }: GetParcelDto, @Res({ passthrough: true }) response: HttpResponse) {
    const parcel: Parcel = { parcelId, senderId, status: 'SENT', items: [], sentAt: new Date(0) };
    for (const [name, value] of Object.entries(headers)) response.header(name, value);
    await before();
    return parcel;
  }
  /** Sends the parcel `p-1` again. */
  sendParcel(@Input() input: SendParcelDto, @Res({ passthrough: true }) response: HttpResponse): Parcel {
    if (input.senderId === 'nobody') throw new ServiceError('FAILED_PRECONDITION', 'NO_SENDER', 'nobody');
    response.header('location', '/parcels/p-1');
    return { parcelId: 'p-1', senderId, status: 'SENT', items: [], sentAt: new Date(0) };
  }
}

let app: INestApplication;
let origin: string;
let requests: IncomingMessage[];
const transports: Client[] = [];
beforeAll(async () => {
  ({ app, origin } = await startApplication([ParcelsController], []));
  app.getHttpServer().on('request', (request: IncomingMessage) => requests.push(request));
});
afterAll(() => app.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  [headers, senderId, requests, before] = [{ 'cache-control': 'public, max-age=60' }, 'one', [], () => {}];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const transport of transports.splice(0)) await transport.close();
});

const clientWith = async (cache?: CacheOptions): Promise<ParcelsClient> => {
  const transport = await httpClient(origin, { cache });
  transports.push(transport);
  return createClient(ParcelsClient, transport);
};
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const read = async (client: ParcelsClient, parcelId = 'p-1', metadata = {}) =>
  (await client.getParcel({ parcelId }, { metadata })).senderId;
const send = (client: ParcelsClient, sender = 'c') =>
  client.sendParcel({ senderId: sender, items: [{ articleId: 'a', quantity: 1 }] });
const conditions = () => requests.map((request) => request.headers['if-none-match']);

describe('a client without a cache', () => {
  it('asks each time, whatever the server allows', async () => {
    const client = await clientWith();
    await read(client);
    await read(client);
    expect(requests).toHaveLength(2);
  });
});

describe('a client with a cache', () => {
  it('answers itself while the answer is fresh, each time with an object of its own', async () => {
    const client = await clientWith({});
    const first = await client.getParcel({ parcelId: 'p-1' });
    pass(59);
    const second = await client.getParcel({ parcelId: 'p-1' });
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
    expect(requests).toHaveLength(1);
  });

  it('asks whether a stale answer has changed, and keeps it for as long again if it has not', async () => {
    const client = await clientWith({});
    await read(client);
    pass(61);
    expect(await read(client)).toBe('one');
    expect(conditions()).toEqual([undefined, expect.stringMatching(/^"[\w-]+"$/)]);
    expect(requests[1]!.headers.pragma).toBeUndefined();
    pass(59);
    await read(client);
    expect(requests).toHaveLength(2);
  });

  it('takes the new answer if it has', async () => {
    const client = await clientWith({});
    await read(client);
    pass(61);
    senderId = 'two';
    expect(await read(client)).toBe('two');
    expect(await read(client)).toBe('two');
    expect(requests).toHaveLength(2);
  });

  it('asks each time if the answer says no-cache', async () => {
    headers = { 'cache-control': 'no-cache' };
    const client = await clientWith({});
    await read(client);
    await read(client);
    expect(conditions()).toEqual([undefined, expect.any(String)]);
  });

  it.each(['no-store', 'private, max-age=60', 'Private', 'max-age=60, No-Store'])(
    'never stores: %s',
    async (policy) => {
      headers = { 'cache-control': policy };
      const client = await clientWith({});
      await read(client);
      senderId = 'two';
      expect(await read(client)).toBe('two');
      expect(conditions()).toEqual([undefined, undefined]);
    },
  );

  it('does not store what was asked with credentials, unless it is public', async () => {
    headers = { 'cache-control': 'max-age=60' };
    const client = await clientWith({});
    await read(client, 'p-1', { authorization: 'Bearer one' });
    await read(client, 'p-1', { authorization: 'Bearer two' });
    expect(conditions()).toEqual([undefined, undefined]);
    headers = { 'cache-control': 'public, max-age=60' };
    await read(client, 'p-1', { authorization: 'Bearer one' });
    await read(client, 'p-1', { authorization: 'Bearer two' });
    expect(requests).toHaveLength(3);
  });

  it('does not store errors, and hears of them again', async () => {
    const client = await clientWith({});
    before = () => {
      throw new ServiceError('NOT_FOUND', 'NO_PARCEL', 'no');
    };
    await expect(read(client)).rejects.toMatchObject({ reason: 'NO_PARCEL' });
    before = () => {};
    expect(await read(client)).toBe('one');
  });

  it('keeps a stale answer through an error of the server, to ask for it again', async () => {
    const client = await clientWith({});
    await read(client);
    pass(61);
    before = () => {
      throw new ServiceError('INTERNAL', 'BROKEN', 'no');
    };
    await expect(read(client)).rejects.toMatchObject({ reason: 'BROKEN' });
    before = () => {};
    await read(client);
    expect(conditions()[2]).toBe(conditions()[1]);
  });

  it('guesses no freshness', async () => {
    headers = { 'cache-control': 'public', 'last-modified': new Date(0).toUTCString() };
    const client = await clientWith({});
    await read(client);
    await read(client);
    expect(requests).toHaveLength(2);
  });
});

describe('Vary', () => {
  it('keeps an answer for each value of what it names', async () => {
    headers = { ...headers, vary: 'Tenant' };
    const client = await clientWith({});
    const readAs = (tenant?: string) => {
      senderId = `of ${tenant}`;
      return read(client, 'p-1', tenant === undefined ? {} : { tenant });
    };
    for (const tenant of ['a', 'b', undefined]) await readAs(tenant);
    expect(requests).toHaveLength(3);
    for (const tenant of ['a', 'b', undefined]) expect(await readAs(tenant)).toBe(`of ${tenant}`);
    expect(requests).toHaveLength(3);
  });

  it('of * is never answered from the cache', async () => {
    headers = { ...headers, vary: '*' };
    const client = await clientWith({});
    await read(client);
    await read(client);
    expect(conditions()).toEqual([undefined, undefined]);
  });
});

describe('what changes a resource', () => {
  it('makes what is stored of it invalid, here: of what Location names', async () => {
    const client = await clientWith({});
    await read(client);
    await read(client, 'p-2');
    await send(client);
    senderId = 'two';
    expect([await read(client), await read(client, 'p-2')]).toEqual(['two', 'one']);
  });

  it('does not if it fails', async () => {
    const client = await clientWith({});
    await read(client);
    await expect(send(client, 'nobody')).rejects.toMatchObject({ reason: 'NO_SENDER' });
    await read(client);
    expect(requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('makes an answer invalid, too, that was on its way meanwhile', async () => {
    const client = await clientWith({});
    const [reading, changed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    before = () => {
      reading.resolve();
      return changed.promise;
    };
    const early = read(client);
    await reading.promise;
    await send(client);
    changed.resolve();
    expect(await early).toBe('one');
    senderId = 'two';
    expect(await read(client)).toBe('two');
  });
});

describe('stale-while-revalidate', () => {
  beforeEach(() => {
    headers = { 'cache-control': 'public, max-age=60, stale-while-revalidate=30' };
  });

  it('answers at once what is stale, and asks behind it, once', async () => {
    const client = await clientWith({});
    await read(client);
    pass(61);
    senderId = 'two';
    const held = Promise.withResolvers<void>();
    before = () => held.promise;
    expect([await read(client), await read(client)]).toEqual(['one', 'one']);
    held.resolve();
    await vi.waitFor(async () => expect(await read(client)).toBe('two'));
    expect(requests).toHaveLength(2);
  });

  it('waits once that time is over, too', async () => {
    const client = await clientWith({});
    await read(client);
    pass(91);
    senderId = 'two';
    expect(await read(client)).toBe('two');
  });

  it('goes on with what is stale if the server cannot be asked', async () => {
    const client = await clientWith({});
    await read(client);
    pass(61);
    before = () => {
      throw new ServiceError('UNAVAILABLE', 'AWAY', 'no');
    };
    expect(await read(client)).toBe('one');
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    expect(await read(client)).toBe('one');
  });
});

it('ends a call at its deadline, also if it only asks whether an answer has changed', async () => {
  const client = await clientWith({});
  await read(client);
  pass(61);
  before = () => new Promise(() => {});
  await expect(client.getParcel({ parcelId: 'p-1' }, { timeout: 50 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
});

it('fails what it refreshes when the client is closed', async () => {
  headers = { 'cache-control': 'public, max-age=60, stale-while-revalidate=30' };
  const client = await clientWith({});
  await read(client);
  pass(61);
  const left = Promise.withResolvers<void>();
  before = () => new Promise(() => requests[1]!.socket.once('close', () => left.resolve()));
  await read(client);
  await vi.waitFor(() => expect(requests).toHaveLength(2));
  await transports.splice(0)[0]!.close();
  await left.promise;
});

describe('its memory', () => {
  it('is bounded: what was not used for the longest time goes first', async () => {
    const client = await clientWith({ maxBytes: 1200 }); // two of these answers, not three
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await read(client, id);
    expect(requests.map(({ url }) => url)).toEqual(['a', 'b', 'c', 'b'].map((id) => `/parcels/${id}`));
  });

  it('does not hold an answer that is larger than all of it', async () => {
    const client = await clientWith({ maxBytes: 100 });
    await read(client);
    await read(client);
    expect(requests).toHaveLength(2);
  });
});

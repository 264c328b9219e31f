/** Three services in a row, the last with a database that answers late: http -> grpc -> grpc -> PostgreSQL. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Module, type Type } from '@nestjs/common';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from '@fourfold/testing/parcels';
import { clientOf, createClient } from '@fourfold/transport/client';
import { currentMessage } from '@fourfold/transport/context';
import { grpcClient } from '@fourfold/transport/grpc';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import pg from 'pg';
import { NEVER, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pool } from '../database/pool.ts';
import { createService, type RunningService } from './start.ts';

abstract class ParcelsClient extends clientOf(ParcelsContract) {}

/** When each service learned that nobody waits any more, in milliseconds since the epoch. */
const stopped: Record<string, number> = {};
let pool: Pool;
let admin: pg.Client;
const services: RunningService[] = [];

/** A service that answers as `get` does. */
const serve = async (name: string, get: (parcelId: string) => Promise<Parcel>): Promise<RunningService> => {
  @Implements(ParcelsContract)
  class ParcelsController {
    getParcel(@Input() { parcelId }: GetParcelDto): Promise<Parcel> {
      currentMessage()!.signal.addEventListener('abort', () => (stopped[name] = Date.now()));
      return get(parcelId);
    }
    sendParcel(@Input() { senderId }: SendParcelDto): Promise<Parcel> {
      return get(senderId);
    }
    watchParcel(@Input() _: WatchParcelDto): Observable<Parcel> {
      return NEVER;
    }
  }
  @Module({ controllers: [ParcelsController as Type] })
  class ServiceModule {}
  const environment = { HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'error' };
  const service = await createService({ name, module: async () => ServiceModule, transports: ['grpc'], environment });
  services.push(service);
  await service.ready;
  return service;
};

const forwardTo = async (service: RunningService) => {
  const client = createClient(ParcelsClient, await grpcClient(service.addressOf('grpc')!), { timeout: 30_000 });
  return (parcelId: string) => client.getParcel({ parcelId });
};

let url: string;
let database: string;
beforeAll(async () => {
  database = await freshDatabase();
  admin = new pg.Client(database);
  await admin.connect();
  await admin.query('create table parcels (parcel_id text primary key)');
  pool = new Pool({ url: database });
  const third = await serve('third', async (parcelId) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('insert into parcels values ($1)', [parcelId]);
      await client.query('select pg_sleep($1)', [parcelId.startsWith('slow') ? 20 : 0]);
      await client.query('commit');
    } catch (thrown) {
      await client.query('rollback');
      throw thrown;
    } finally {
      client.release();
    }
    return { parcelId, senderId: 's', status: 'SENT', items: [], sentAt: new Date(0) };
  });
  const second = await serve('second', await forwardTo(third));
  ({ url } = await serve('first', await forwardTo(second)));
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await pool.end();
  await admin.end();
});
beforeEach(() => {
  for (const name of Object.keys(stopped)) delete stopped[name];
});

const sleeping = async () =>
  (
    await admin.query(
      `select 1 from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`,
    )
  ).rowCount;
/** Nothing runs any more, nothing was kept, and no connection is missing. */
const nothingIsLeft = async (parcelId: string) => {
  await vi.waitFor(async () => expect(await sleeping()).toBe(0), { interval: 5 });
  await vi.waitFor(() => expect(pool.idleCount).toBe(pool.totalCount), { interval: 5 });
  expect((await admin.query('select 1 from parcels where parcel_id = $1', [parcelId])).rowCount).toBe(0);
};
const isAsleep = () => vi.waitFor(async () => expect(await sleeping()).toBe(1), { interval: 5, timeout: 5000 });

describe('three services in a row', () => {
  it('answer', async () => {
    expect((await fetch(`${url}/parcels/quick`)).status).toBe(200);
  });

  it('all stop at the deadline of the first, and the query of the last is cancelled and rolled back', async () => {
    const begin = Date.now();
    const response = await fetch(`${url}/parcels/slow-1`, { headers: { 'connect-timeout-ms': '1000' } });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await vi.waitFor(() => expect(Object.keys(stopped).toSorted()).toEqual(['first', 'second', 'third']));
    // 50 ms on an idle machine
    for (const at of Object.values(stopped)) expect(at - begin - 1000).toBeLessThan(500);
    await nothingIsLeft('slow-1');
  });

  it('all stop when the client leaves', async () => {
    const left = new AbortController();
    const answer = fetch(`${url}/parcels/slow-2`, { signal: left.signal }).catch(() => 'left');
    await isAsleep();
    left.abort();
    const at = Date.now();
    expect(await answer).toBe('left');
    await nothingIsLeft('slow-2');
    expect(Object.keys(stopped).toSorted()).toEqual(['first', 'second', 'third']);
    expect(Date.now() - at).toBeLessThan(1000); // 50 ms on an idle machine
  });

  it('give all connections back when a table is locked, and only rollbacks follow', async () => {
    const locker = new pg.Client(database);
    await locker.connect();
    await locker.query('begin; lock table parcels in access exclusive mode');
    const ask = (n: number) => fetch(`${url}/parcels/locked-${n}`, { headers: { 'connect-timeout-ms': '600' } });
    const answers = Promise.all(Array.from({ length: 15 }, (_, n) => ask(n)));
    await sleep(300);
    await expect(pool.own.query('select 1')).resolves.toMatchObject({ rowCount: 1 }); // what readiness asks
    expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => 504));
    const waiting = () => admin.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`);
    await vi.waitFor(async () => expect((await waiting()).rowCount).toBe(0), { interval: 5 });
    await vi.waitFor(() => expect([pool.idleCount, pool.waitingCount]).toEqual([pool.totalCount, 0]));
    await locker.query('rollback');
    await locker.end();
    expect((await admin.query(`select 1 from parcels where parcel_id like 'locked-%'`)).rowCount).toBe(0);
  });
});

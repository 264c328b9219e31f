import { describe, expect, it } from 'vitest';
import { environmentFor } from './commands/app-environment.ts';
import { type Addresses, type App, apps, environmentOf, ports } from './system.ts';

describe('the apps', () => {
  it('have no port in common', () => {
    const all = [...Object.values(ports), ...apps.flatMap(({ http, grpc }) => (grpc ? [http, grpc] : [http]))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('call only apps that have a gRPC port', () => {
    const callable = apps.filter(({ grpc }) => grpc).map(({ name }) => name);
    expect(apps.flatMap(({ calls }) => calls).filter((target) => !callable.includes(target))).toEqual([]);
  });
});

describe('the environment of an app', () => {
  const front: App = { name: 'front', http: 3000, needs: [], calls: ['price-list'] };
  const store: App = { name: 'store', http: 3001, grpc: 50051, needs: ['database', 'rabbitmq', 'kafka'], calls: [] };
  const at: Addresses = {
    apps: { front: { http: 3000 }, store: { http: 3001, grpc: 50051 }, 'price-list': { http: 3002, grpc: 50052 } },
    database: 'postgres://postgres@127.0.0.1:5433',
    rabbitmq: 'amqp://127.0.0.1:5672',
    kafka: '127.0.0.1:9092',
  };

  it('has the address of everything that the app needs', () => {
    expect(environmentOf(store, at)).toEqual({
      HOST: '127.0.0.1',
      HTTP_PORT: '3001',
      GRPC_PORT: '50051',
      DATABASE_URL: 'postgres://postgres@127.0.0.1:5433/store',
      MIGRATE_AT_START: 'true',
      RABBITMQ_URL: 'amqp://127.0.0.1:5672',
      KAFKA_BROKERS: '127.0.0.1:9092',
      LOG_FORMAT: 'pretty',
    });
  });

  it('has the address of each app that it calls, and nothing that it does not need', () => {
    expect(environmentOf(front, at)).toEqual({
      HOST: '127.0.0.1',
      HTTP_PORT: '3000',
      PRICE_LIST_GRPC_URL: '127.0.0.1:50052',
      LOG_FORMAT: 'pretty',
    });
  });

  it('keeps the parameters of the database URL', () => {
    const database = 'postgres://u:p@db:5432/other?sslmode=require';
    expect(environmentOf(store, { ...at, database }).DATABASE_URL).toBe('postgres://u:p@db:5432/store?sslmode=require');
  });

  it('is refused if no provider has what the app needs, or if it calls an app without a gRPC port', () => {
    expect(() => environmentOf(store, { apps: at.apps })).toThrow('store needs database, and no provider runs it');
    const lost = { ...front, calls: ['front'] };
    expect(() => environmentOf(lost, at)).toThrow('front calls front, which has no gRPC port');
  });

  it('has, for nx serve, the addresses of system.ts, or those of the variables', () => {
    for (const app of apps.filter(({ needs }) => needs.includes('kafka'))) {
      expect(environmentFor(app.name, {}).KAFKA_BROKERS).toBe(`127.0.0.1:${ports.kafka}`);
      expect(environmentFor(app.name, { KAFKA_BROKERS: 'k:1' }).KAFKA_BROKERS).toBe('k:1');
    }
    expect(() => environmentFor('nobody', {})).toThrow('system.ts has no app nobody');
  });
});

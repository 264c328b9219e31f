import { describe, expect, it } from 'vitest';
import { environmentFor } from './commands/app-environment.ts';
import { type Addresses, type App, apps, environmentOf, ports } from './system.ts';

describe('the apps', () => {
  it('have ports of their own', () => {
    const all = [...Object.values(ports), ...apps.flatMap(({ http, grpc }) => (grpc ? [http, grpc] : [http]))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('call none but apps that have a gRPC port', () => {
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

  it('tells it where everything is that it needs', () => {
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

  it('tells it whom it calls, and nothing of what it does not need', () => {
    expect(environmentOf(front, at)).toEqual({
      HOST: '127.0.0.1',
      HTTP_PORT: '3000',
      PRICE_LIST_GRPC_URL: '127.0.0.1:50052',
      LOG_FORMAT: 'pretty',
    });
  });

  it('keeps the parameters of a database URL when it names the database', () => {
    const database = 'postgres://u:p@db:5432/other?sslmode=require';
    expect(environmentOf(store, { ...at, database }).DATABASE_URL).toBe('postgres://u:p@db:5432/store?sslmode=require');
  });

  it('is refused where the app needs what nobody provides, or calls what has no gRPC port', () => {
    expect(() => environmentOf(store, { apps: at.apps })).toThrow('store needs database');
    const lost = { ...front, calls: ['front'] };
    expect(() => environmentOf(lost, at)).toThrow('front calls front, which has no gRPC port');
  });

  it('is, for nx serve, at the addresses of system.ts, or where the variables say', () => {
    for (const app of apps.filter(({ needs }) => needs.includes('kafka'))) {
      expect(environmentFor(app.name, {}).KAFKA_BROKERS).toBe(`127.0.0.1:${ports.kafka}`);
      expect(environmentFor(app.name, { KAFKA_BROKERS: 'k:1' }).KAFKA_BROKERS).toBe('k:1');
    }
    expect(() => environmentFor('nobody', {})).toThrow('system.ts knows no app nobody');
  });
});

import { describe, expect, it } from 'vitest';
import { addresses, apps, environmentOf, ports } from './system.ts';
import { environmentFor } from './environment.ts';

describe('system', () => {
  it('gives every app ports of its own', () => {
    const all = [...Object.values(ports), ...apps.flatMap(({ http, grpc }) => (grpc ? [http, grpc] : [http]))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('lets apps call none but apps that have a gRPC port', () => {
    const callable = apps.filter(({ grpc }) => grpc).map(({ name }) => name);
    expect(apps.flatMap(({ calls }) => calls).filter((target) => !callable.includes(target))).toEqual([]);
  });

  it('tells an app where everything is that it needs or calls', () => {
    expect(environmentFor('orders', {})).toEqual({
      HOST: '127.0.0.1',
      HTTP_PORT: '3001',
      GRPC_PORT: '50051',
      DATABASE_URL: 'postgres://postgres@127.0.0.1:5433/orders',
      MIGRATE_AT_START: 'true',
      RABBITMQ_URL: 'amqp://127.0.0.1:5672',
      KAFKA_BROKERS: '127.0.0.1:9092',
      INVENTORY_GRPC_URL: '127.0.0.1:50052',
      LOG_FORMAT: 'pretty',
    });
  });

  it('tells an app nothing of what it does not need', () => {
    expect(Object.keys(environmentFor('gateway', {}))).toEqual([
      'HOST',
      'HTTP_PORT',
      'ORDERS_GRPC_URL',
      'INVENTORY_GRPC_URL',
      'NOTIFICATIONS_GRPC_URL',
      'LOG_FORMAT',
    ]);
  });

  it('keeps the parameters of a database URL when it names the database', () => {
    const environment = environmentFor('payments', { DATABASE_URL: 'postgres://u:p@db:5432/other?sslmode=require' });
    expect(environment.DATABASE_URL).toBe('postgres://u:p@db:5432/payments?sslmode=require');
  });

  it('refuses an app that needs what nobody gives', () => {
    const app = apps.find(({ name }) => name === 'orders')!;
    expect(() => environmentOf(app, { apps: addresses.apps })).toThrow('orders needs database');
  });
});

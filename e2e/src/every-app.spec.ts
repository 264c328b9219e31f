/** What every app of system.ts must do. */
import { apps } from '@fourfold/system/system';
import { describe, expect, it } from 'vitest';
import { grpcTarget, origin } from './addresses.ts';
import { healthOf, reflect, servicesOf, unary } from './clients.ts';

const names = apps.map(({ name }) => name);
const spoken = apps.filter(({ grpc }) => grpc).map(({ name }) => name);

describe('every app', () => {
  it.each(names)('%s is alive and ready', async (app) => {
    const alive = await fetch(`${origin(app)}/healthz`);
    expect(await alive.json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${origin(app)}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ ready: true });
  });

  it.each(spoken)('%s answers gRPC health checks', async (app) => {
    const client = healthOf(grpcTarget(app));
    expect(await unary(client, 'Check', {})).toMatchObject({ status: 'SERVING' });
    client.close();
  });

  it.each(spoken)('%s lists its services by gRPC reflection', async (app) => {
    const services = (await servicesOf(grpcTarget(app))).filter((service) => !service.startsWith('grpc.'));
    expect(services).not.toEqual([]);
    for (const service of services) {
      const client = await reflect(grpcTarget(app), service);
      expect(Object.keys(Object.getPrototypeOf(client))).not.toEqual([]);
      client.close();
    }
  });
});

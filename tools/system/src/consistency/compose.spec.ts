import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../run.ts';
import { addresses, apps, databasesOf, environmentOf, grpcVariable, ports, type App, type Need } from '../system.ts';

interface Service {
  profiles?: string[];
  build?: { args: { APP: string } };
  environment: Record<string, string>;
  ports: string[];
  depends_on?: Record<string, { condition: string }>;
}

const FILE = join(ROOT, 'docker/compose.yaml');
const { services } = parse(readFileSync(FILE, 'utf8'), { merge: true }) as { services: Record<string, Service> };
const SERVERS: Record<Need, string> = { database: 'postgres', rabbitmq: 'rabbitmq', kafka: 'kafka' };

describe('docker/compose.yaml', () => {
  it('has exactly the apps of system.ts in the profile "apps"', () => {
    const profile = Object.entries(services).filter(([, { profiles }]) => profiles?.includes('apps'));
    expect(profile.map(([name]) => name)).toEqual(apps.map(({ name }) => name));
    expect(profile.map(([, { build }]) => build?.args.APP)).toEqual(apps.map(({ name }) => name));
  });

  it('publishes the ports of system.ts on 127.0.0.1 alone', () => {
    for (const { name, http, grpc } of apps) {
      const expected = [http, ...(grpc ? [grpc] : [])].map((port) => `127.0.0.1:${port}:${port}`);
      expect(services[name]?.ports).toEqual(expected);
    }
    for (const [need, service] of Object.entries(SERVERS)) {
      expect(services[service]?.ports[0]).toMatch(
        new RegExp(`^127\\.0\\.0\\.1:\\$\\{\\w+_PORT:-${ports[need as Need]}\\}:\\d+$`),
      );
    }
  });

  it('gives each app the environment of system.ts, with the host names of the Compose network', () => {
    for (const app of apps) expect(services[app.name]?.environment).toEqual(inNetwork(app));
  });

  it('starts an app after the servers that it needs', () => {
    for (const { name, needs } of apps) {
      const expected = needs.map((need) => [SERVERS[need], { condition: 'service_healthy' }]);
      expect(services[name]?.depends_on ?? {}).toEqual(Object.fromEntries(expected));
    }
  });

  it('creates a database for each app that needs one', () => {
    const sql = readFileSync(join(ROOT, 'docker/databases.sql'), 'utf8');
    expect([...sql.matchAll(/^create database "?([\w-]+)"?;$/gm)].map(([, name]) => name)).toEqual(databasesOf(apps));
  });

  it('is accepted by Compose', ({ skip }) => {
    const { error, status, stderr } = spawnSync('docker-compose', ['-f', FILE, 'config', '--quiet'], {
      encoding: 'utf8',
    });
    if (error) skip('docker-compose is missing: apt-get install docker-compose');
    expect(`${stderr}${status}`).toBe('0');
  });
});

function inNetwork(app: App): Record<string, string> {
  const servers = {
    database: 'postgres://postgres@postgres:5432',
    rabbitmq: 'amqp://rabbitmq:5672',
    kafka: 'kafka:19092',
  };
  const environment = environmentOf(app, { ...addresses, ...servers });
  for (const target of app.calls) {
    environment[grpcVariable(target)] = `${target}:${addresses.apps[target]?.grpc}`;
  }
  return { ...environment, HOST: '0.0.0.0', LOG_FORMAT: 'json' };
}

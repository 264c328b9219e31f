import { expect, it, vi } from 'vitest';
import { loadConfig, MessagingConfig, ServiceConfig } from '../config.ts';
import { Readiness } from '../health/readiness.ts';
import type { Pool } from './database.ts';
import { MessagingModule } from './messaging.module.ts';
import { Startup } from '../start/startup.ts';

it('starts nothing that nobody would stop', async () => {
  const connect = vi.fn();
  const startup = new Startup();
  const environment = { KAFKA_BROKERS: '127.0.0.1:1' };
  const config = loadConfig(ServiceConfig, environment);
  const pool = { own: { connect, query: connect } } as unknown as Pool;
  const messaging = new MessagingModule(
    pool,
    config,
    environment,
    { publishes: ['event'] },
    loadConfig(MessagingConfig, {}),
    'test',
    startup,
    new Readiness(),
  );
  const started = startup.runOnly('outbox');
  await messaging.beforeApplicationShutdown();
  await started;
  expect(connect).not.toHaveBeenCalled();
});

import { expect, it, vi } from 'vitest';
import { loadConfig, ServiceConfig } from './config.ts';
import type { Pool } from './database.ts';
import { OutboxModule } from './outbox.module.ts';
import { Startup } from './startup.ts';

it('starts nothing that nobody would stop', async () => {
  const connect = vi.fn();
  const startup = new Startup();
  const environment = { KAFKA_BROKERS: '127.0.0.1:1' };
  const config = loadConfig(ServiceConfig, environment);
  const outbox = new OutboxModule({ connect } as unknown as Pool, config, environment, ['event'], 'test', startup);
  const started = startup.runOnly('outbox');
  await outbox.beforeApplicationShutdown();
  await started;
  expect(connect).not.toHaveBeenCalled();
});

import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadConfig, ServiceConfig } from '../config.ts';
import { ServiceLogger } from '../logger.ts';
import { ServiceModule } from './service.module.ts';
import type { ServiceOptions } from './service-options.ts';
import { Startup } from './startup.ts';

/** Applies a service's migrations and ends: `node dist/main.js --migrate`. For wherever MIGRATE_AT_START is off. */
export const migrateService = async ({ name, module, environment = process.env }: ServiceOptions): Promise<void> => {
  const config = loadConfig(ServiceConfig, environment);
  const logger = new ServiceLogger({ service: name, format: config.LOG_FORMAT, level: config.LOG_LEVEL });
  const root = ServiceModule.around(await module(), name, { ...environment, MIGRATE_AT_START: 'true' });
  const app = await NestFactory.createApplicationContext(root, {
    logger,
    abortOnError: false,
    bufferLogs: true,
    autoFlushLogs: false,
  });
  await app.get(Startup).runOnly('database');
  app.flushLogs();
  Logger.log(`the database of ${name} has all migrations`, 'Migrate');
  await app.close();
};

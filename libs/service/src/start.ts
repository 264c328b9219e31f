import 'reflect-metadata';
import type { INestApplication, Type } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { TransportName } from '@fourfold/transport/context';
import { describeMounts } from '@fourfold/transport/mounts';
import { initTransports, mountTransports } from '@fourfold/transport/transports';
import { ConfigError, type Environment, loadConfig, ServiceConfig } from './config.ts';
import { EventStreams, malformedBody, readyGate } from './http.ts';
import { ServiceLogger } from './logger.ts';
import { migrateService } from './migrate.ts';
import { Readiness } from './readiness.ts';
import { createServers, type RunningServer } from './servers.ts';
import { ServiceModule } from './service.module.ts';
import { shutdown } from './shutdown.ts';
import { FatalStartError, oneLine, Startup, untilDone } from './startup.ts';

export interface ServiceOptions {
  name: string;
  /** Imported dynamically, so that instrumentation can load first. */
  module: () => Promise<Type>;
  /** Beside HTTP, which is always there: health needs it. */
  transports?: Exclude<TransportName, 'http'>[];
  environment?: Environment;
}

export interface RunningService {
  app: INestApplication;
  /** `http://127.0.0.1:3001`. */
  url: string;
  /** `127.0.0.1:50051`, where the service has gRPC. */
  grpcUrl?: string;
  /** Resolves when the service takes work; rejects where trying again cannot help. */
  ready: Promise<void>;
  /** Stops taking work, finishes what is in flight, closes. */
  stop(): Promise<void>;
}

const BODY_LIMIT = '1mb';

/**
 * Starts a service: HTTP first, so that health answers; then what it stands on, in the background and with backoff; then its
 * other transports. Business routes answer 503 until all of it is there.
 */
export const createService = async (options: ServiceOptions): Promise<RunningService> => {
  const { name, module, transports = [], environment = process.env } = options;
  const config = loadConfig(ServiceConfig, environment);
  const logger = new ServiceLogger({ service: name, format: config.LOG_FORMAT, level: config.LOG_LEVEL });
  const root = ServiceModule.around(await module(), name, environment);
  // until HTTP listens logs are held back: of what cannot work, one line is enough
  const app = await NestFactory.create<NestExpressApplication>(root, {
    logger,
    abortOnError: false,
    bodyParser: false,
    bufferLogs: true,
    autoFlushLogs: false,
  });
  const readiness = app.get(Readiness);
  const streams = new EventStreams();
  const servers = await createServers(app, name, transports, config);

  mountTransports(
    app,
    servers.map(({ server }) => server),
  );
  app.use(readyGate(readiness), streams.middleware);
  app.useBodyParser('json', { limit: BODY_LIMIT, strict: false, type: ['application/json', 'application/*+json'] });
  app.use(malformedBody);
  app.disable('x-powered-by');
  await app.init();
  await initTransports(app);
  await listenHttp(app, config);
  app.flushLogs();
  if (config.PRINT_MOUNTS) for (const line of describeMounts(app)) Logger.log(line, 'Mounts');

  const stopping = new AbortController();
  const ready = serve(app, readiness, servers, stopping.signal);
  ready.catch(() => {});
  return {
    app,
    ready,
    url: await app.getUrl(),
    get grpcUrl() {
      const port = servers.find((server) => server.name === 'grpc')?.port?.();
      return port === undefined ? undefined : `${config.HOST}:${port}`;
    },
    stop: () => {
      stopping.abort();
      return shutdown({ app, readiness, streams, servers, limit: config.SHUTDOWN_TIMEOUT_MS });
    },
  };
};

/** `createService` as a process: its signals, its exit codes, one line for what cannot work. */
export const startService = async (options: ServiceOptions): Promise<void> => {
  try {
    if (process.argv.includes('--migrate')) return await migrateService(options);
    const service = await createService(options);
    let stopping: Promise<void> | undefined;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => {
        Logger.log(`${signal}: finishing what is in flight`, 'Service');
        stopping ??= service.stop().then(
          () => process.exit(0),
          () => process.exit(1),
        );
      });
    await service.ready;
  } catch (thrown) {
    if (!(thrown instanceof ConfigError || thrown instanceof FatalStartError)) {
      Logger.flush();
      Logger.error(thrown, 'Service');
    } else process.stderr.write(`${options.name}: ${oneLine(thrown)}\n`);
    process.exit(1);
  }
};

const listenHttp = async (app: NestExpressApplication, { HTTP_PORT, HOST }: ServiceConfig): Promise<void> => {
  try {
    await app.listen(HTTP_PORT, HOST);
  } catch (thrown) {
    await app.close().catch(() => {});
    const inUse = (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new FatalStartError(`HTTP_PORT ${HTTP_PORT}: ${inUse ? 'the port is in use' : oneLine(thrown)}`);
  }
};

const serve = async (
  app: INestApplication,
  readiness: Readiness,
  servers: RunningServer[],
  signal: AbortSignal,
): Promise<void> => {
  await app.get(Startup).run(signal);
  await Promise.all(servers.map(({ name, listen }) => untilDone(name, listen, signal)));
  if (signal.aborted) return;
  for (const { name, isReady } of servers) readiness.require(name, isReady);
  readiness.serve();
  for (const { onServing } of servers) onServing?.();
  Logger.log(`ready on ${await app.getUrl()}`, 'Service');
};

import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { TransportName } from '@fourfold/contracts/contract';
import { mountServers, registerHandlers } from '@fourfold/transport/application';
import { contractsOf, describeMounts, targetsOf } from '@fourfold/transport/describe';
import { causeOf, PermanentError } from '@fourfold/transport/errors';
import { Limiter } from '@fourfold/transport/limiter';
import type { Server } from '@fourfold/transport/transport';
import { ConfigError, type Environment, loadConfig, ServiceConfig } from '../config.ts';
import { refuseEmbedded } from './embedded.ts';
import { ServiceLogger } from '../logger.ts';
import { migrateService } from './migrate.ts';
import { Readiness } from '../health/readiness.ts';
import { createServers } from './servers.ts';
import { ServiceModule } from './service.module.ts';
import type { ServiceOptions } from './service-options.ts';
import { shutdown, shutdownDelayOf } from './shutdown.ts';
import { Startup, untilDone } from './startup.ts';

export interface RunningService {
  app: INestApplication;
  /** `http://127.0.0.1:3001`. */
  url: string;
  /** `127.0.0.1:50051`: where the server of a transport listens, if it has an address of its own. */
  addressOf(transport: TransportName): string | undefined;
  /** Resolves when the service takes work; rejects if trying again cannot help. */
  ready: Promise<void>;
  /** Stops taking work, finishes what is in flight, closes. */
  stop(): Promise<void>;
}

/**
 * Starts a service: HTTP first, so that health answers; then what it depends on, in the background and with back-off; then
 * its other transports. Business routes answer 503 until all of it is there.
 */
export const createService = async (options: ServiceOptions): Promise<RunningService> => {
  const { name, module, transports = [], environment = process.env } = options;
  const config = loadConfig(ServiceConfig, environment);
  const logger = new ServiceLogger({ service: name, format: config.LOG_FORMAT, level: config.LOG_LEVEL });
  const root = ServiceModule.around(await module(), name, environment);
  // until HTTP listens logs are held back: of what cannot work, one line is enough
  const app = await NestFactory.create(root, {
    logger,
    abortOnError: false,
    bodyParser: false,
    bufferLogs: true,
    autoFlushLogs: false,
  });
  const readiness = app.get(Readiness);
  const servers = await createServers(['http', ...transports], environment, {
    name,
    host: config.HOST,
    prefix: config.MESSAGING_PREFIX,
    drainTimeout: config.SHUTDOWN_TIMEOUT_MS,
    retries: {
      attempts: config.RETRY_ATTEMPTS,
      delays: config.RETRY_DELAYS_MS.split(',').map(Number),
      timeout: config.ATTEMPT_TIMEOUT_MS,
    },
    contracts: contractsOf(app),
    limiter: new Limiter({ max: config.MAX_CALLS }),
    concurrency: config.CONSUMER_CONCURRENCY,
  });
  const [http, ...others] = servers as [Server, ...Server[]];

  mountServers(app, servers);
  await app.init();
  await registerHandlers(app);
  await http.listen().catch(async (thrown: unknown) => {
    await app.close().catch(() => {});
    throw thrown;
  });
  app.flushLogs();
  readiness.describeTargets(() => targetsOf(app));
  if (config.PRINT_MOUNTS) for (const line of describeMounts(app)) Logger.log(line, 'Mounts');

  const stopping = new AbortController();
  const listen = async (signal: AbortSignal) => {
    await app.get(Startup).run(signal);
    await Promise.all(others.map((server) => untilDone(server.transport, () => listenTo(server, environment), signal)));
    if (signal.aborted) return;
    for (const server of others) readiness.require(server.transport, () => server.waitsFor?.() ?? server.isReady());
    readiness.serve();
    for (const server of servers) server.setServing?.(true);
    Logger.log(`ready on ${await app.getUrl()}`, 'Service');
  };
  const ready = listen(stopping.signal);
  ready.catch(() => {});
  return {
    app,
    ready,
    url: await app.getUrl(),
    addressOf: (transport) => servers.find((server) => server.transport === transport)?.address,
    stop: () => {
      stopping.abort();
      const delay = readiness.isServing ? shutdownDelayOf(config) : 0;
      return shutdown({ readiness, servers, delay, limit: config.SHUTDOWN_TIMEOUT_MS });
    },
  };
};

const listenTo = async (server: Server, environment: Environment): Promise<void> => {
  await refuseEmbedded(server.transport, environment);
  await server.listen();
};

/** EX_CONFIG of sysexits.h: starting again cannot help until somebody changes something. */
const CANNOT_WORK = 78;

/** `createService` as a process: its signals, its exit codes, one line for what cannot work. */
export const startService = async (options: ServiceOptions): Promise<void> => {
  let service: RunningService | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (exitCode: number) => {
    stopping ??= (service ? service.stop() : Promise.resolve()).then(
      () => process.exit(exitCode),
      () => process.exit(1),
    );
  };
  // what nobody has caught leaves the process in a state that nobody knows: it ends, but not in the middle of everything
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (thrown: unknown) => {
      Logger.flush(); // logs are held back until HTTP listens
      Logger.error(thrown instanceof Error ? thrown : new Error(String(thrown)), event);
      stop(1);
    });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => {
      Logger.log(`${signal}: finishing what is in flight`, 'Service');
      stop(0);
    });
  try {
    if (process.argv.includes('--migrate')) return await migrateService(options);
    service = await createService(options);
    await service.ready;
  } catch (thrown) {
    if (!(thrown instanceof ConfigError || thrown instanceof PermanentError)) {
      Logger.flush();
      Logger.error(thrown, 'Service');
      process.exit(1);
    }
    process.stderr.write(`${options.name}: ${causeOf(thrown)}\n`);
    process.exit(CANNOT_WORK);
  }
};

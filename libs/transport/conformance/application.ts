import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type INestApplication,
  Logger,
  type LoggerService,
  Module,
  type ModuleMetadata,
  type Provider,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HttpServer, type HttpServerOptions } from '../src/http/server.ts';
import type { Limiter } from '../src/limiter.ts';
import { type Observation, OBSERVATIONS } from '../src/observation.ts';
import { mountServers, registerHandlers } from '../src/pipeline/application.ts';
import type { Server } from '../src/transport.ts';

export interface ApplicationOptions {
  providers?: Provider[];
  imports?: NonNullable<ModuleMetadata['imports']>;
  /** Of HTTP; 0 takes a free one. */
  port?: number;
  /** Of event streams, in milliseconds. */
  heartbeat?: number;
  limiter?: Limiter;
  http?: Partial<HttpServerOptions>;
  logger?: false | Pick<LoggerService, 'log' | 'warn' | 'error'>;
}

/** An application with these controllers behind the HTTP server and others, not listening yet. */
export const mountApplication = async (
  controllers: Type[],
  servers: readonly Server[],
  { providers = [], imports = [], port = 0, heartbeat, limiter, http: own, logger = false }: ApplicationOptions = {},
): Promise<{ app: INestApplication; http: HttpServer }> => {
  @Module({ controllers, providers, imports })
  class AppModule {}
  if (!logger) Logger.overrideLogger(false);
  const app = await NestFactory.create(AppModule, { logger, abortOnError: false, bodyParser: false });
  const http = new HttpServer({ host: '127.0.0.1', port, heartbeat, limiter, ...own });
  mountServers(app, [http, ...servers]);
  await app.init();
  await registerHandlers(app);
  return { app, http };
};

/** The same, listening on all of them. */
export const startApplication = async (
  ...args: Parameters<typeof mountApplication>
): Promise<{ app: INestApplication; http: HttpServer; origin: string }> => {
  const { app, http } = await mountApplication(...args);
  const all = [http, ...args[1]];
  await Promise.all(all.map((server) => server.listen()));
  for (const server of all) server.setServing?.(true);
  return { app, http, origin: await app.getUrl() };
};

/** What is observed from now on, until `stop`. */
export const observations = (): { seen: Observation[]; stop: () => void } => {
  const seen: Observation[] = [];
  const keep = (observation: unknown) => void seen.push(observation as Observation);
  subscribe(OBSERVATIONS, keep);
  return { seen, stop: () => void unsubscribe(OBSERVATIONS, keep) };
};

/** Resolves when one of these events is observed of the operation. */
export const nextObservation = (operation: string, events: Observation['event'][]): Promise<void> =>
  new Promise((resolve) => {
    const listen = (seen: unknown) => {
      const observation = seen as Observation;
      if (observation.operation !== operation || !events.includes(observation.event)) return;
      unsubscribe(OBSERVATIONS, listen);
      resolve();
    };
    subscribe(OBSERVATIONS, listen);
  });

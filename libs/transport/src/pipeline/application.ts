import type { INestApplication } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { CustomTransportStrategy, NestMicroservice } from '@nestjs/microservices';
import { logObservations } from '../observation-log.ts';
import type { Server } from '../transport.ts';
import { ErrorFilter } from './error.filter.ts';
import { ReplyInterceptor } from './reply.interceptor.ts';

/** Mounts servers on an application, before it is initialised. */
export const mountServers = (app: INestApplication, servers: readonly Server[]): void => {
  const host = app.get(HttpAdapterHost);
  const config = app.get(ApplicationConfig);
  // first in their lists, before the application's own: the filter that catches all is asked last, the reply is made outermost
  config.getGlobalFilters().unshift(new ErrorFilter(host));
  config.getGlobalInterceptors().unshift(new ReplyInterceptor(host));
  for (const server of servers) server.mount(app);
  logObservations();
};

/**
 * Mounts one of Nest's transport strategies. Guards, pipes, interceptors and filters of the application hold on it, too:
 * Nest leaves a hybrid application's microservices without them unless told otherwise, which would be a security hole.
 */
export const mountStrategy = (app: INestApplication, strategy: CustomTransportStrategy): void => {
  app.connectMicroservice({ strategy }, { inheritAppConfig: true, deferInitialization: true });
};

/** Registers the handlers at every strategy. After `app.init()`, so that globals added until then hold too. */
export const registerHandlers = async (app: INestApplication): Promise<void> => {
  for (const microservice of app.getMicroservices() as unknown as NestMicroservice[]) {
    microservice.setIsInitHookCalled(true); // app.init() has called the modules' hooks: not twice
    await microservice.registerModules();
  }
};

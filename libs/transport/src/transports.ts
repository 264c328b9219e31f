import type { INestApplication } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { type CustomTransportStrategy, NestMicroservice } from '@nestjs/microservices';
import { ErrorFilter } from './error.filter.ts';
import { contextMiddleware } from './http/context.middleware.ts';
import { ReplyInterceptor } from './http/reply.interceptor.ts';
import { rpcContextHook } from './rpc-context.ts';

/** A transport's server, as Nest's custom transport strategies are. */
export type TransportServer = CustomTransportStrategy;

/**
 * Mounts transports on an application, before it is initialised. Guards, pipes, interceptors and filters of the application
 * hold on all of them: Nest leaves a hybrid application's microservices without unless told otherwise, which would be a hole.
 */
export const mountTransports = (app: INestApplication, servers: readonly TransportServer[]): void => {
  const host = app.get(HttpAdapterHost);
  app.use(contextMiddleware);
  const config = app.get(ApplicationConfig);
  // first in their lists, before the application's own: the filter that catches all is asked last, the reply is made outermost
  config.getGlobalFilters().unshift(new ErrorFilter(host));
  config.getGlobalInterceptors().unshift(new ReplyInterceptor(host));
  const microservices = servers.map((strategy) =>
    app.connectMicroservice({ strategy }, { inheritAppConfig: true, deferInitialization: true }),
  );
  // the hook is the application's, which all of them inherit: once is enough
  (microservices[0] as NestMicroservice | undefined)?.registerPreRequestHook(rpcContextHook);
};

/** Registers the handlers of every transport. After `app.init()`, so that globals added until then hold too. */
export const initTransports = async (app: INestApplication): Promise<void> => {
  for (const microservice of app.getMicroservices() as unknown as NestMicroservice[]) {
    microservice.setIsInitHookCalled(true); // app.init() has called the modules' hooks: not twice
    await microservice.registerModules();
  }
};

/** Starts one transport: resolves when it serves. Nest's own start of them all at once lets one that hangs hang every other. */
export const listen = (server: TransportServer): Promise<void> =>
  new Promise((resolve, reject) => {
    void server.listen((error?: unknown) => (error ? reject(error as Error) : resolve()));
  });

import { type INestApplication, RequestMethod } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import type { Contract } from '@fourfold/contracts/contract';
import { contractOf } from './implements.ts';

/** The contracts that an application's controllers implement. */
export const contractsOf = (app: INestApplication): Contract[] =>
  controllersOf(app)
    .map(contractOf)
    .filter((contract) => contract !== undefined);

/** What is mounted, a line each: `http POST /orders -> OrdersController.placeOrder [AuthGuard]`. */
export const describeMounts = (app: INestApplication): string[] =>
  controllersOf(app).flatMap((controller) =>
    Object.getOwnPropertyNames(controller.prototype).flatMap((method) => {
      const handler = controller.prototype[method];
      if (typeof handler !== 'function' || method === 'constructor') return [];
      const guards = [...globalGuards(app), ...guardsOf(controller), ...guardsOf(handler)];
      const target = `${controller.name}.${method.split(':')[0]}`;
      return entriesOf(controller, handler).map(
        (entry) => `${entry} -> ${target}${guards.length ? ` [${guards.join(', ')}]` : ''}`,
      );
    }),
  );

const entriesOf = (controller: Function, handler: Function): string[] => {
  const route = Reflect.getMetadata('path', handler) as string | undefined;
  if (route !== undefined) {
    const path = `/${Reflect.getMetadata('path', controller) ?? ''}/${route}`
      .replace(/\/+/g, '/')
      .replace(/(.)\/$/, '$1');
    return [`http ${RequestMethod[Reflect.getMetadata('method', handler)] ?? 'GET'} ${path}`];
  }
  const patterns = (Reflect.getMetadata('microservices:pattern', handler) as unknown[] | undefined) ?? [];
  const transport = Reflect.getMetadata('microservices:transport', handler) as Transport | undefined;
  const { queue, topic } = (Reflect.getMetadata('microservices:pattern_extras', handler) ?? {}) as Record<
    string,
    string
  >;
  return patterns.map((pattern) => {
    if (transport === Transport.RMQ) return `rabbitmq ${queue} (${String(pattern)})`;
    if (transport === Transport.KAFKA) return `kafka ${topic} (${String(pattern)})`;
    const { service, rpc } = pattern as { service?: string; rpc?: string };
    return service ? `grpc ${service}/${rpc}` : String(pattern);
  });
};

const controllersOf = (app: INestApplication): Function[] =>
  [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype }) => (metatype ? [metatype as Function] : [])),
  );

const guardsOf = (target: object): string[] => named(Reflect.getMetadata('__guards__', target) ?? []);
const globalGuards = (app: INestApplication): string[] => named(app.get(ApplicationConfig).getGlobalGuards());
const named = (guards: unknown[]): string[] =>
  guards.map((guard) => (typeof guard === 'function' ? guard.name : (guard as object).constructor.name));

import type { INestApplication } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { Contract } from '@fourfold/contracts/contract';
import type { TargetState } from '../call-policy.ts';
import { targetStateOf } from '../client.ts';
import { TRANSPORTS } from '../transports.ts';
import { contractOf } from './operation.ts';

/** The contracts that an application's controllers implement. */
export const contractsOf = (app: INestApplication): Contract[] =>
  controllersOf(app)
    .map(contractOf)
    .filter((contract) => contract !== undefined);

/** The state of the target of each client of an application, by the client's name: `{ InventoryClient: 'closed' }`. */
export const targetsOf = (app: INestApplication): Record<string, TargetState> =>
  Object.fromEntries(
    [...app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.providers.values()].flatMap(({ instance, name }) => {
        const state = typeof instance === 'object' && instance ? targetStateOf(instance) : undefined;
        return state ? [[String(name), state] as const] : [];
      }),
    ),
  );

/** What is mounted, one line each: `http POST /orders -> OrdersController.placeOrder [AuthGuard]`. */
export const describeMounts = (app: INestApplication): string[] =>
  controllersOf(app).flatMap((controller) =>
    Object.getOwnPropertyNames(controller.prototype).flatMap((method) => {
      const handler = controller.prototype[method];
      if (typeof handler !== 'function' || method === 'constructor') return [];
      const guards = [...globalGuards(app), ...guardsOf(controller), ...guardsOf(handler)];
      const target = `${controller.name}.${method.split(':')[0]}`;
      return Object.entries(TRANSPORTS).flatMap(([name, { describe }]) =>
        describe(controller, handler).map(
          (entry) => `${name} ${entry} -> ${target}${guards.length ? ` [${guards.join(', ')}]` : ''}`,
        ),
      );
    }),
  );

const controllersOf = (app: INestApplication): Function[] =>
  [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype }) => (metatype ? [metatype as Function] : [])),
  );

const guardsOf = (target: object): string[] => named(Reflect.getMetadata('__guards__', target) ?? []);
const globalGuards = (app: INestApplication): string[] => named(app.get(ApplicationConfig).getGlobalGuards());
const named = (guards: unknown[]): string[] =>
  guards.map((guard) => (typeof guard === 'function' ? guard.name : (guard as object).constructor.name));

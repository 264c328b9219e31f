import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { ENVIRONMENT, type Environment, provideConfig, ServiceConfig } from '../config.ts';
import { HealthController } from '../health/health.controller.ts';
import { Liveness } from '../health/liveness.ts';
import { Readiness } from '../health/readiness.ts';
import { ProblemsController } from '../problems/problems.controller.ts';
import { Startup } from './startup.ts';

/** What a service is called: its consumer group, its name in logs and in CloudEvents `source`. */
export const SERVICE_NAME = Symbol('service name');

/** What every process has, around the module of its business. */
@Global()
@Module({})
export class ServiceModule {
  static around(business: Type, name: string, environment: Environment): DynamicModule {
    return {
      module: ServiceModule,
      imports: [business],
      controllers: [HealthController, ProblemsController],
      providers: [
        { provide: ENVIRONMENT, useValue: environment },
        { provide: SERVICE_NAME, useValue: name },
        provideConfig(ServiceConfig),
        Liveness,
        Readiness,
        Startup,
      ],
      exports: [ENVIRONMENT, SERVICE_NAME, ServiceConfig, Liveness, Readiness, Startup],
    };
  }
}

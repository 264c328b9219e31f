import { Controller, Get, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Liveness } from './liveness.ts';
import { Readiness } from './readiness.ts';

/** `/healthz`: the process lives, or only a restart helps. `/readyz`: it can do its work, or what it waits for. */
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly liveness: Liveness,
    private readonly host: HttpAdapterHost,
  ) {}

  @Get('healthz')
  healthz(@Res({ passthrough: true }) response: unknown) {
    const report = this.liveness.report();
    this.host.httpAdapter.status(response, report.status === 'ok' ? 200 : 503);
    return report;
  }

  @Get('readyz')
  async readyz(@Res({ passthrough: true }) response: unknown) {
    const report = await this.readiness.report();
    this.host.httpAdapter.status(response, report.ready ? 200 : 503);
    return report;
  }
}

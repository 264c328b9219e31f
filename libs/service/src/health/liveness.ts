import { Injectable } from '@nestjs/common';

/** Whether this process can go on, or only a restart helps. An outage is none of that: see Readiness. */
@Injectable()
export class Liveness {
  private readonly checks: (() => string | undefined)[] = [];

  /** `check` returns in words what only a restart can repair. Asked at every /healthz. */
  require(check: () => string | undefined): void {
    this.checks.push(check);
  }

  report(): { status: 'ok' } | { status: 'broken'; reasons: string[] } {
    const reasons = this.checks.map((check) => check()).filter((reason) => reason !== undefined);
    return reasons.length ? { status: 'broken', reasons } : { status: 'ok' };
  }
}

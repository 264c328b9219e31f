import type { TransportName } from '@fourfold/contracts/contract';
import { causeOf } from '../errors.ts';
import { observe } from '../observation.ts';
import { Outage } from './outage.ts';

/** The outages that stop handlers now, by the name of the operation or the event. */
export class Outages {
  private readonly byName = new Map<string, Outage>();
  private isClosed = false;

  of(operation: string, transport: TransportName): Outage {
    const known = this.byName.get(operation);
    if (known) return known;
    const observed = { transport, operation };
    const outage = new Outage({
      began: (error) => observe({ ...observed, event: 'paused', error }),
      ended: (duration) => observe({ ...observed, event: 'resumed', duration }),
    });
    this.byName.set(operation, outage);
    if (this.isClosed) outage.close();
    return outage;
  }

  /** `ChargePayment is paused since 2026-11-26T12:00:00Z: connect ECONNREFUSED 127.0.0.1:5433`. */
  waitsFor(): string | undefined {
    const lines = [...this.byName].flatMap(([name, { announced }]) =>
      announced
        ? [`${name} is paused since ${new Date(announced.since).toISOString()}: ${causeOf(announced.cause)}`]
        : [],
    );
    return lines.length ? lines.join('; ') : undefined;
  }

  close(): void {
    this.isClosed = true;
    for (const outage of this.byName.values()) outage.close();
  }
}

import { causeOf } from '@fourfold/transport/errors';
import { backoff } from '@fourfold/transport/time';

/** Milliseconds after the first failure, doubled up to the second one: what is back must be used soon. */
const RETRY = [100, 1000] as const;

/** Milliseconds before the next attempt. */
export const pauseAfter = (failures: number): number => Math.min(backoff(failures, RETRY[0]), RETRY[1]);

interface Failing {
  failures: number;
  /** In words. */
  reason: string;
  /** `performance.now()` of the next attempt. */
  until: number;
}

/** Queues or topics that take nothing for now. Each is asked again after a pause, while messages go to the others. */
export class FailingDestinations {
  private readonly failing = new Map<string, Failing>();

  failed(destination: string, error: Error): void {
    const failures = (this.failing.get(destination)?.failures ?? 0) + 1;
    const until = performance.now() + pauseAfter(failures);
    this.failing.set(destination, { failures, reason: causeOf(error), until });
  }

  succeeded(destination: string): void {
    this.failing.delete(destination);
  }

  /** Nothing is known any more: another replica publishes, or no message waits. */
  clear(): void {
    this.failing.clear();
  }

  /** Those that are not to be asked now. */
  paused(): string[] {
    return [...this.failing].filter(([, { until }]) => until > performance.now()).map(([destination]) => destination);
  }

  /** Milliseconds until the next one is to be asked again; undefined if none is paused. */
  pause(): number | undefined {
    const times = this.paused().map((destination) => this.failing.get(destination)!.until - performance.now());
    return times.length ? Math.max(1, Math.min(...times)) : undefined;
  }

  /** `orders.place-order: message nacked`, of the first one; undefined if none has failed. */
  reason(): string | undefined {
    for (const [destination, { reason }] of this.failing) return `${destination}: ${reason}`;
    return undefined;
  }
}

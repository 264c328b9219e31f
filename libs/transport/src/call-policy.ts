import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '@fourfold/contracts/service-error';
import { BrokenCircuitError, circuitBreaker, CircuitState, handleWhen, SamplingBreaker } from 'cockatiel';
import { circuitOpen, wasNotSent } from './errors.ts';
import { backoff } from './time.ts';
import type { OutgoingCall } from './transport.ts';

/** How often a call is tried at most, the first time included. */
const MAX_ATTEMPTS = 5;
/** Milliseconds before the first retry, doubled for each further one; half of it random. */
const RETRY_AFTER = 50;

/** Of this share of calls, within so many milliseconds, and of at least so many calls per second. */
const BREAK = { threshold: 0.5, duration: 5000, minimumRps: 5 };
/** Milliseconds after which one call asks whether the service is back. */
const HALF_OPEN_AFTER = 1000;

/** What a client knows of its target: `closed` is the normal state, `open` refuses calls at once, `half-open` tries one. */
export type TargetState = 'closed' | 'open' | 'half-open';
const STATES: Record<CircuitState, TargetState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};

/** How one target is called: retries where they are safe, within the deadline and a budget, and a circuit breaker. */
export class CallPolicy {
  private readonly breaker = circuitBreaker(handleWhen(isTargetsFailure), {
    halfOpenAfter: HALF_OPEN_AFTER,
    breaker: new SamplingBreaker(BREAK),
  });
  private readonly budget = new RetryBudget();

  get state(): TargetState {
    return STATES[this.breaker.state];
  }

  async run<T>(call: OutgoingCall, attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        const answer = await this.breaker.execute(attempt);
        this.budget.succeeded();
        return answer;
      } catch (thrown) {
        if (thrown instanceof BrokenCircuitError) throw circuitOpen(call.operation.service);
        this.budget.failed();
        const wait = backoff(attempts, RETRY_AFTER);
        const isTooLate = attempts >= MAX_ATTEMPTS || Date.now() + wait >= call.deadline;
        if (isTooLate || !this.mayRetry(thrown, call)) throw thrown;
        await sleep(wait, undefined, { signal: call.signal }).catch(() => {
          throw call.signal!.reason;
        });
      }
    }
  }

  /** What was not sent is safe to send. All else only if doing it twice is the same as once, and the budget allows it. */
  private mayRetry(thrown: unknown, { operation, idempotencyKey }: OutgoingCall): boolean {
    if (!(thrown instanceof ServiceError)) return false;
    if (wasNotSent(thrown)) return true;
    const isSafe = operation.idempotent || idempotencyKey !== undefined;
    return isSafe && (thrown.code === 'UNAVAILABLE' || thrown.code === 'ABORTED') && this.budget.allows;
  }
}

/** Whether a failure says something of the target as a whole, rather than of the call. */
function isTargetsFailure(thrown: unknown): boolean {
  return thrown instanceof ServiceError && (thrown.code === 'UNAVAILABLE' || thrown.code === 'DEADLINE_EXCEEDED');
}

/** Retries end when too many calls fail: they would be load on top (gRPC proposal A6, retry throttling). */
class RetryBudget {
  private static readonly MAX = 10;
  private tokens = RetryBudget.MAX;

  get allows(): boolean {
    return this.tokens > RetryBudget.MAX / 2;
  }
  succeeded(): void {
    this.tokens = Math.min(RetryBudget.MAX, this.tokens + 0.1);
  }
  failed(): void {
    this.tokens = Math.max(0, this.tokens - 1);
  }
}

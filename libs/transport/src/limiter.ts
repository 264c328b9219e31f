import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { Concurrency } from './concurrency.ts';
import { overloaded } from './errors.ts';

/** A call that was let in. */
export interface Entered {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Runs it when it is its turn, unless it has left before. */
  begin(call: () => void): void;
  /** It is answered, its stream has begun, or its caller has left. May be called twice. */
  leave(hasSucceeded?: boolean): void;
}

export interface LimiterOptions {
  /** Calls that run at a time, at most: 1,000. */
  max?: number;
}

/** Milliseconds that a call may wait for its turn, by estimate; and if calls have been waiting for a second. */
const BURST = 500;
const STANDING = 100;
const LASTING = 1000;
/** Milliseconds from one beginning to the next, as long as nothing was measured. */
const PACE = 2.5;
/** Milliseconds in which calls begin; then the event loop looks for what has come in. */
const TURN = 5;
/** Milliseconds for which new connections go first. */
const GREETING = 5;
/** Milliseconds between two looks at the event loop. */
const INTERVAL = 10;
/** If this process used less of the time, it was late because others had the processor: to run fewer calls would not help. */
const OWN_SHARE = 0.7;

/**
 * Bounds the calls of a service that run at a time. The others wait for their turn, in order, and what would wait too long is
 * refused at once. As few calls begin in one turn of the event loop, refusals do not wait behind them.
 */
export class Limiter {
  private readonly concurrency: Concurrency;
  private readonly waiting = new Set<() => void>();
  private waitingSince = 0;
  /** Milliseconds from one beginning to the next while calls wait, smoothed. */
  private pace = PACE;
  private lastBegin = 0;
  private isTurnDue = false;
  private isWatching = false;
  private hasNewConnection = false;
  private greetingSince?: number;

  constructor({ max = 1000 }: LimiterOptions = {}) {
    this.concurrency = new Concurrency(max);
  }

  /** How many calls run, how many may, and how many wait. */
  get state(): { running: number; limit: number; waiting: number } {
    const { running, limit } = this.concurrency;
    return { running, limit: Math.floor(limit), waiting: this.waiting.size };
  }

  /** RESOURCE_EXHAUSTED if it is too much. */
  enter(operation: string): Entered | ServiceError {
    if (this.isFull()) return overloaded();
    let begun: number | undefined;
    let hasLeft = false;
    let start = () => {};
    return {
      at: Date.now(),
      begin: (call) => {
        start = AsyncLocalStorage.bind(() => {
          begun = performance.now();
          call();
        });
        if (!hasLeft) this.wait(start);
      },
      leave: (hasSucceeded = false) => {
        if (hasLeft) return;
        hasLeft = true;
        if (begun === undefined) this.waiting.delete(start);
        else this.end(operation, hasSucceeded ? performance.now() - begun : undefined);
      },
    };
  }

  /** A connection came. Node accepts one in each turn of the event loop: more may be waiting, and go before calls that wait. */
  greet(): void {
    this.hasNewConnection = true;
  }

  private isFull(): boolean {
    if (this.waiting.size === 0) return false;
    const now = performance.now();
    const wait = Math.max(this.waiting.size * this.pace, now - this.lastBegin);
    return wait > (now - this.waitingSince > LASTING ? STANDING : BURST);
  }

  private wait(start: () => void): void {
    if (this.waiting.size === 0) this.waitingSince = this.lastBegin = performance.now();
    this.waiting.add(start);
    this.takeTurn();
  }

  private end(operation: string, time: number | undefined): void {
    this.concurrency.end(operation, time, this.waiting.size > 0);
    this.takeTurn();
  }

  private takeTurn(): void {
    if (this.isTurnDue || this.waiting.size === 0 || this.concurrency.isReached) return;
    this.isTurnDue = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.isTurnDue = false;
    if (!this.isGreeting()) this.beginSome();
    this.watch();
    this.takeTurn();
  };

  private beginSome(): void {
    const now = performance.now();
    let begun = 0;
    for (const start of this.waiting) {
      if (this.concurrency.isReached || performance.now() - now > TURN) break;
      this.waiting.delete(start);
      this.concurrency.begin();
      begun++;
      start();
    }
    if (begun === 0) return;
    this.pace += ((now - this.lastBegin) / begun - this.pace) * Math.min(1, begun / 50);
    this.lastBegin = now;
  }

  private isGreeting(): boolean {
    const now = performance.now();
    const isNew = this.hasNewConnection;
    this.hasNewConnection = false;
    this.greetingSince ??= now;
    if (isNew && now - this.greetingSince < GREETING) return true;
    this.greetingSince = undefined;
    return false;
  }

  private watch(): void {
    if (this.isWatching || this.concurrency.running + this.waiting.size === 0) return;
    this.isWatching = true;
    const since = performance.now();
    const before = cpuTime();
    setTimeout(() => {
      this.isWatching = false;
      const took = performance.now() - since;
      const isOurs = cpuTime() - before > OWN_SHARE * took;
      this.concurrency.adapt(isOurs ? took - INTERVAL : 0, this.waiting.size > 0);
      this.watch();
      this.takeTurn();
    }, INTERVAL).unref();
  }
}

/** Milliseconds. */
const cpuTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

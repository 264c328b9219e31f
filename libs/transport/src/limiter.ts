import type { ServiceError } from '@fourfold/contracts/service-error';
import { overloaded } from './errors.ts';

/** A call that was let in. */
export interface Entered {
  /** It is answered, or its stream has begun. May be called twice. */
  leave(): void;
}

export interface LimiterOptions {
  /** Calls in flight at most: 1,000. */
  max?: number;
  /** Calls in flight that are always let in: 100. */
  min?: number;
}

/** How much longer than at its best a call may take before fewer are let in. */
const TOLERANCE = 2;
/** Milliseconds; shorter waits are of no concern. */
const NEGLIGIBLE = 20;
/** Calls after which the limit is set anew. */
const WINDOW = 50;
/** More are measured as one. */
const MAX_OPERATIONS = 500;
/** How fast the best time of an operation is forgotten: by 0.3 % per second, which is half of it in four minutes. */
const FORGET = 1.003;

/**
 * Bounds the calls in flight of a service, by how long they take: while they take about as long as at their best, a limit that
 * is reached grows; when they take longer than twice that, it shrinks (the idea of TCP Vegas). Each operation is compared with
 * itself alone.
 */
export class Limiter {
  private readonly max: number;
  private readonly min: number;
  private limit: number;
  private inFlight = 0;
  private most = 0;
  private excess = 0;
  private samples = 0;
  private adaptedAt = performance.now();
  /** Milliseconds, by operation. */
  private readonly best = new Map<string, number>();

  constructor({ max = 1000, min = 100 }: LimiterOptions = {}) {
    this.max = max;
    this.min = Math.min(min, max);
    this.limit = Math.min(2 * min, max);
  }

  /** How many calls are in flight, and how many may be. */
  get state(): { inFlight: number; limit: number } {
    return { inFlight: this.inFlight, limit: Math.floor(this.limit) };
  }

  /** RESOURCE_EXHAUSTED if it is too much. */
  enter(operation: string): Entered | ServiceError {
    if (this.inFlight >= this.limit) return overloaded();
    this.inFlight++;
    this.most = Math.max(this.most, this.inFlight);
    const known = this.best.has(operation) || this.best.size < MAX_OPERATIONS ? operation : '';
    const begin = performance.now();
    let isIn = true;
    return {
      leave: () => {
        if (!isIn) return;
        isIn = false;
        this.inFlight--;
        this.measure(known, performance.now() - begin);
      },
    };
  }

  private measure(operation: string, time: number): void {
    const best = Math.min(this.best.get(operation) ?? time, time);
    this.best.set(operation, best);
    this.excess += time > Math.max(TOLERANCE * best, best + NEGLIGIBLE) ? 1 : 0;
    if (++this.samples >= WINDOW) this.adapt();
  }

  private adapt(): void {
    if (this.excess > this.samples / 2) this.limit = Math.max(this.min, this.limit * 0.9);
    else if (this.most >= this.limit / 2) this.limit = Math.min(this.max, this.limit + Math.sqrt(this.limit));
    const now = performance.now();
    const forgotten = FORGET ** ((now - this.adaptedAt) / 1000);
    for (const [operation, best] of this.best) this.best.set(operation, best * forgotten);
    this.adaptedAt = now;
    this.most = this.inFlight;
    this.samples = this.excess = 0;
  }
}

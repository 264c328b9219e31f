/** Calls that run at a time, at first. */
const INITIAL = 20;
/** Calls that may run at least: if calls take long, and if the event loop is late. */
const LEAST = 20;
const LEAST_WHEN_LATE = 2;
/** Milliseconds that a timer is late: fewer calls run, or more may. */
const LATE = 25;
const PUNCTUAL = 12;
/** A call takes long if it takes more than twice its usual time, and at least 100 ms more. */
const TOLERANCE = 2;
const NEGLIGIBLE = 100;
/** How fast it is forgotten that calls took long, each time that the limit is looked at: if none ends, more may run after all. */
const FADE = 0.99;
/** More operations are measured as one. */
const MAX_OPERATIONS = 500;

/**
 * How many calls may run at a time, found by measuring (the idea of TCP Vegas). More may run while calls wait, the event loop
 * is on time and calls take their usual time; fewer when the event loop is late or calls take long.
 */
export class Concurrency {
  limit: number;
  running = 0;
  /** The share of calls that took long, smoothed. */
  private long = 0;
  /** Calls that have ended since the limit was set, and the number of those that ran then: an effect shows only after these. */
  private ended = 0;
  private generation = 0;
  /** Milliseconds, by operation. */
  private readonly usual = new Map<string, number>();

  constructor(private readonly max: number) {
    this.limit = Math.min(INITIAL, max);
  }

  get isReached(): boolean {
    return this.running >= Math.floor(this.limit);
  }

  begin(): void {
    this.running++;
  }

  /** `time` is that of a call that succeeded, in milliseconds: a failure may be quick, and a caller may leave. */
  end(operation: string, time: number | undefined, hasWaiting: boolean): void {
    this.running--;
    this.ended++;
    if (time !== undefined) this.measure(operation, time, hasWaiting);
  }

  /** `late`: how many milliseconds a timer was late. Called every few milliseconds while calls run or wait. */
  adapt(late: number, hasWaiting: boolean): void {
    const showsEffect = this.ended >= this.generation;
    const used = Math.min(this.limit, this.running);
    this.long *= FADE;
    if (late > LATE) {
      if (showsEffect) this.set(Math.max(LEAST_WHEN_LATE, used * Math.max(0.5, LATE / late)));
    } else if (this.long > 0.5) {
      if (showsEffect) this.set(Math.max(Math.min(LEAST, this.limit), used * 0.9));
    } else if (hasWaiting) {
      if (late < PUNCTUAL) this.limit = Math.min(this.max, this.limit * 1.02 + 5);
    } else if (showsEffect) this.set(Math.max(INITIAL, this.running * 1.25, this.limit * 0.95)); // what nobody needs is forgotten
  }

  /** What is usual is learned while no call waits: an overload must not become usual. */
  private measure(operation: string, time: number, hasWaiting: boolean): void {
    const known = this.usual.has(operation) || this.usual.size < MAX_OPERATIONS ? operation : '';
    const usual = this.usual.get(known) ?? time;
    if (!hasWaiting || !this.usual.has(known)) this.usual.set(known, usual + (time - usual) / 50);
    const isLong = time > Math.max(TOLERANCE * usual, usual + NEGLIGIBLE);
    this.long += ((isLong ? 1 : 0) - this.long) / 10;
  }

  private set(limit: number): void {
    this.limit = Math.min(this.max, limit);
    this.ended = 0;
    this.generation = this.running;
  }
}

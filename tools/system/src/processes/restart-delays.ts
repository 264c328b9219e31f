const MAX_DELAY = 30_000;
const STABLE_AFTER = 30_000;

/** How long to wait before each restart, in milliseconds: each further one doubles the delay, up to 30 s. */
export class RestartDelays {
  readonly #first: number;
  #restarts = 0;

  constructor(first = 500) {
    this.#first = first;
  }

  /** `lived`: how long it ran. After 30 s the next delay is the first one again. */
  next(lived: number): number {
    this.#restarts = lived > STABLE_AFTER ? 1 : this.#restarts + 1;
    return Math.min(this.#first * 2 ** (this.#restarts - 1), MAX_DELAY);
  }
}

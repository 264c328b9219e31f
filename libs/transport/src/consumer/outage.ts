import type { ServiceError } from '@fourfold/contracts/service-error';

/** Milliseconds between two messages that are tried during an outage: doubled up to the second. */
const PROBE_INTERVALS = [50, 500] as const;
/** So many are tried at once during an outage: one that hangs must not keep us from seeing that it is over. */
const MAX_PROBES = 3;
/** Milliseconds that an outage lasts before an operator hears of it. */
const SHORTEST = 1000;

export interface OutageEvents {
  began(cause: ServiceError): void;
  /** It lasted so many milliseconds. */
  ended(duration: number): void;
}

/** A message no longer waits here for the end of an outage: its broker delivers it again, maybe to another replica. */
export class StaysWithBroker extends Error {
  override readonly name = 'StaysWithBroker';
}

/**
 * Whether something that a handler depends on is away: its database, a broker, a service that it calls. Its messages then
 * wait, and one after the other is tried, until one succeeds.
 */
export class Outage {
  /** How many messages succeeded: who failed in between has failed by itself. */
  successes = 0;
  private since?: number;
  private cause?: ServiceError;
  private isAnnounced = false;
  private isClosed = false;
  private probes = 0;
  private timer?: NodeJS.Timeout;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly events: OutageEvents) {}

  /** Why messages wait, once that lasts longer than a second. */
  get announced(): { cause: ServiceError; since: number } | undefined {
    return this.isAnnounced ? { cause: this.cause!, since: this.since! } : undefined;
  }

  /**
   * Calls `work` when its turn has come: at once, or during an outage as the next probe. Rejects with StaysWithBroker if
   * `signal` aborts before, or that takes longer than `patience` milliseconds.
   */
  async attempt(work: () => Promise<unknown>, signal: () => AbortSignal, patience?: number): Promise<void> {
    const isProbe = this.since !== undefined;
    if (isProbe) await this.turn(signal(), patience);
    try {
      await work();
      this.succeeded();
    } finally {
      if (isProbe) this.probes--;
    }
  }

  /** A message failed because something is away. Throws StaysWithBroker after `close`: nobody waits for the end of it any more. */
  failed(cause: ServiceError): void {
    if (this.isClosed) throw new StaysWithBroker();
    this.cause = cause;
    if (this.since !== undefined) return;
    this.since = Date.now();
    this.probeAfter(PROBE_INTERVALS[0]);
  }

  /** Stops probing. What waits ends with its signal. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private succeeded(): void {
    this.successes++;
    if (this.since === undefined) return;
    clearTimeout(this.timer);
    if (this.isAnnounced) this.events.ended(Date.now() - this.since);
    this.isAnnounced = false;
    this.since = undefined;
    for (const go of this.waiting) go();
  }

  private probeAfter(interval: number): void {
    this.timer = setTimeout(() => {
      this.probe();
      this.probeAfter(Math.min(2 * interval, PROBE_INTERVALS[1]));
    }, interval);
  }

  private probe(): void {
    if (!this.isAnnounced && Date.now() - this.since! >= SHORTEST) {
      this.isAnnounced = true;
      this.events.began(this.cause!);
    }
    const [next] = this.waiting;
    if (next && this.probes < MAX_PROBES) next();
  }

  private turn(signal: AbortSignal, patience?: number): Promise<void> {
    if (signal.aborted) return Promise.reject(new StaysWithBroker());
    return new Promise((resolve, reject) => {
      const end = () => {
        this.waiting.delete(go);
        signal.removeEventListener('abort', abort);
        clearTimeout(limit);
      };
      const go = () => {
        end();
        this.probes++;
        resolve();
      };
      const abort = () => {
        end();
        reject(new StaysWithBroker());
      };
      const limit = patience === undefined ? undefined : setTimeout(abort, patience);
      signal.addEventListener('abort', abort, { once: true });
      this.waiting.add(go);
    });
  }
}

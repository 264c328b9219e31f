import { withTimeLimit } from '../../time.ts';

/** How many messages are handled at once, over all batches; who waits is served in turn. */
export class Slots {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /** Takes a slot if one is free; else calls `retry` once when one may be. */
  take(retry: () => void): boolean {
    const isFree = this.free > 0;
    if (isFree) this.free--;
    else this.waiting.add(retry);
    return isFree;
  }

  give(): void {
    this.free++;
    for (const retry of this.waiting) {
      if (this.free === 0) return;
      this.waiting.delete(retry);
      retry();
    }
  }
}

export interface LanesOptions<T> {
  slots: Slots;
  /** Items of one key are handled in order, others side by side; null has no order. */
  keyOf: (item: T) => string | null;
  /** The signal aborts when the batch is given up. */
  handle: (item: T, signal: AbortSignal) => Promise<void>;
  /** Milliseconds that what has begun gets after `stop()`. */
  drainTimeout: number;
}

/** Handles the items of a batch, one lane a key. A handler that rejects ends its lane, and all admission. */
export class Lanes<T> {
  /** How many items from the first on are done without a gap: so much may be committed. */
  done = 0;
  /** What a handler rejected with. */
  failure?: unknown;

  private readonly finished: boolean[] = [];
  private readonly queues = new Map<string | symbol, number[]>();
  private readonly given = new AbortController();
  private readonly end = Promise.withResolvers<void>();
  private next = 0;
  private furthest = -1;
  private limit?: NodeJS.Timeout;

  constructor(
    private readonly items: readonly T[],
    private readonly options: LanesOptions<T>,
  ) {
    this.admit();
  }

  /** Whether all that was admitted ends within so many milliseconds. */
  endsWithin(ms: number): Promise<boolean> {
    return withTimeLimit(this.end.promise, ms).then(
      () => true,
      () => false,
    );
  }

  /** Admits nothing more. What has begun ends, and what comes before it is still done, so that no gap is left. */
  stop(): void {
    this.limit ??= setTimeout(() => this.giveUp(), this.options.drainTimeout);
    this.admit();
  }

  private giveUp(): void {
    this.given.abort();
    this.end.resolve();
  }

  private readonly admit = (): void => {
    while (!this.limit && this.next < this.items.length) {
      const key = this.options.keyOf(this.items[this.next]!) ?? Symbol('no key');
      const queue = this.queues.get(key);
      if (!queue && !this.options.slots.take(this.admit)) return;
      const index = this.next++;
      if (queue) queue.push(index);
      else void this.work(key, [index]);
    }
    if (this.queues.size) return;
    clearTimeout(this.limit);
    this.end.resolve();
  };

  private async work(key: string | symbol, queue: number[]): Promise<void> {
    this.queues.set(key, queue);
    try {
      while (queue.length && this.mayBegin(queue[0]!)) {
        const index = queue.shift()!;
        this.furthest = Math.max(this.furthest, index);
        await this.options.handle(this.items[index]!, this.given.signal);
        this.finished[index] = true;
        while (this.finished[this.done]) this.done++;
      }
    } catch (thrown) {
      this.failure ??= thrown;
      this.stop();
    }
    this.queues.delete(key);
    this.options.slots.give();
    this.admit();
  }

  private mayBegin(index: number): boolean {
    return this.limit ? index < this.furthest && !this.given.signal.aborted : true;
  }
}

import type { Slots } from '../../consumer/slots.ts';
import { withTimeLimit } from '../../time.ts';

export interface LanesOptions<T> {
  slots: Slots;
  /** Items of one key are handled in order, others side by side; null has no order. */
  keyOf: (item: T) => string | null;
  /** `signal` aborts when what is not done is given up, `stopping` when nothing more is begun. */
  handle: (item: T, signal: AbortSignal, stopping: AbortSignal) => Promise<void>;
  /** Milliseconds that what has begun gets after `stop()`. */
  drainTimeout: number;
}

/** Handles the items of a partition, one lane per key. A handler that rejects ends its lane, and all admission. */
export class Lanes<T> {
  /** How many items from the first on are done without a gap: so much may be committed. */
  done = 0;
  /** What a handler rejected with. */
  failure?: unknown;

  private readonly items = new Map<number, T>();
  private readonly finished = new Set<number>();
  private readonly queues = new Map<string | symbol, number[]>();
  private readonly given = new AbortController();
  private readonly stopping = new AbortController();
  private end = Promise.withResolvers<void>();
  private progress = Promise.withResolvers<void>();
  private next = 0;
  private total = 0;
  private furthest = -1;
  private limit?: NodeJS.Timeout;

  constructor(private readonly options: LanesOptions<T>) {}

  /** How many items are here, from the first one that is not done on. */
  get size(): number {
    return this.total - this.done;
  }

  add(items: readonly T[]): void {
    for (const item of items) this.items.set(this.total++, item);
    if (items.length) this.end = Promise.withResolvers();
    this.admit();
  }

  /** Whether all that was added, or after a stop admitted, ends within so many milliseconds. */
  endsWithin(ms: number): Promise<boolean> {
    return withTimeLimit(this.end.promise, ms).then(
      () => true,
      () => false,
    );
  }

  /** Resolves once fewer than `size` items are here, or it stops. */
  async whenBelow(size: number): Promise<void> {
    while (this.size >= size && !this.limit) await this.progress.promise;
  }

  /** Admits nothing more. What has begun ends, and what comes before it is still done, so that no gap is left. */
  stop(): void {
    this.limit ??= setTimeout(() => this.giveUp(), this.options.drainTimeout);
    this.stopping.abort();
    this.progressed();
    this.admit();
  }

  private giveUp(): void {
    this.given.abort();
    this.end.resolve();
  }

  private readonly admit = (): void => {
    while (!this.limit && this.next < this.total) {
      const key = this.options.keyOf(this.items.get(this.next)!) ?? Symbol('no key');
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
        await this.options.handle(this.items.get(index)!, this.given.signal, this.stopping.signal);
        this.finish(index);
      }
    } catch (thrown) {
      this.failure ??= thrown;
      this.stop();
    }
    this.queues.delete(key);
    this.options.slots.give();
    this.admit();
  }

  private progressed(): void {
    this.progress.resolve();
    this.progress = Promise.withResolvers();
  }

  private finish(index: number): void {
    this.finished.add(index);
    for (; this.finished.delete(this.done); this.done++) this.items.delete(this.done);
    this.progressed();
  }

  private mayBegin(index: number): boolean {
    return this.limit ? index < this.furthest && !this.given.signal.aborted : true;
  }
}

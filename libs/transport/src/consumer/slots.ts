/** How many messages are handled at once; who waits is served in turn. */
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

  /** Calls `work` once a slot is free. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    let retry = Promise.withResolvers<void>();
    while (!this.take(() => retry.resolve())) {
      await retry.promise;
      retry = Promise.withResolvers<void>();
    }
    try {
      return await work();
    } finally {
      this.give();
    }
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

import type { Entry } from './backlog.ts';
import type { Limits } from './queue-arguments.ts';

export interface Consumer {
  /** Whether it can get a message now: its prefetch is not used up and its socket accepts more. */
  readonly ready: boolean;
  /** The number of its unacknowledged messages. */
  readonly inFlight: number;
  /** Consumers of a higher priority get messages first, as long as they are ready. */
  readonly priority: number;
  deliver(entry: Entry): void;
  /** Called after the queue was deleted by queue.delete. */
  cancelled(): void;
}

/** The consumers of a queue, and whose turn it is. */
export class Consumers {
  private readonly all = new Set<Consumer>();
  /** Those that are ready for a message, next one first. The others call `resume` once they are ready again. */
  private line: Consumer[] = [];
  private exclusive?: Consumer;
  /** The only one that gets messages: https://www.rabbitmq.com/docs/consumers#single-active-consumer */
  private active?: Consumer;
  /** Cancelled ones with unacknowledged messages. */
  private readonly leaving = new Set<Consumer>();
  private readonly quorum: boolean;
  private readonly singleActive: boolean;

  constructor({ quorum, singleActiveConsumer }: Pick<Limits, 'quorum' | 'singleActiveConsumer'>) {
    this.quorum = quorum;
    this.singleActive = singleActiveConsumer;
  }

  get size(): number {
    return this.all.size;
  }

  /** Quorum queues count cancelled ones with unacknowledged messages, and not those that wait to be the single active one. */
  get counted(): number {
    if (!this.quorum) return this.all.size;
    return (this.singleActive ? Math.min(this.all.size, 1) : this.all.size) + this.leaving.size;
  }

  /** The number of messages that they have not acknowledged. */
  get inFlight(): number {
    return [...this.all, ...this.leaving].reduce((sum, consumer) => sum + consumer.inFlight, 0);
  }

  /** Returns false if one of them, or this one, wants to be the only one. Quorum queues do not know exclusive consumers. */
  add(consumer: Consumer, exclusive: boolean): boolean {
    if (!this.quorum && (this.exclusive || (exclusive && (this.all.size || this.singleActive)))) return false;
    if (exclusive && !this.quorum) this.exclusive = consumer;
    if (this.singleActive) this.active ??= consumer;
    this.all.add(consumer);
    this.lineUp(consumer);
    return true;
  }

  /** Returns false if it was removed before. */
  remove(consumer: Consumer): boolean {
    if (!this.all.delete(consumer)) return false;
    if (consumer.inFlight) this.leaving.add(consumer);
    this.line = this.line.filter((other) => other !== consumer);
    if (this.exclusive === consumer) this.exclusive = undefined;
    if (this.active === consumer) this.active = this.first;
    return true;
  }

  /** Called when one may be ready again. */
  resume(consumer: Consumer): void {
    if (!consumer.inFlight) this.leaving.delete(consumer);
    if (this.all.has(consumer) && consumer.ready && !this.line.includes(consumer)) this.lineUp(consumer);
  }

  /** The next one that is ready. */
  next(): Consumer | undefined {
    if (this.singleActive) return this.nextActive();
    for (let consumer = this.line.shift(); consumer; consumer = this.line.shift())
      if (consumer.ready) {
        this.lineUp(consumer);
        return consumer;
      }
    return undefined;
  }

  deliver(consumer: Consumer, entry: Entry): void {
    consumer.deliver(entry);
    // quorum queues drop a consumer from the line as soon as it is not ready, others when its turn comes
    if (this.quorum && !consumer.ready) this.line = this.line.filter((other) => other !== consumer);
  }

  /** Removes all of them and returns them. */
  clear(): Consumer[] {
    const consumers = [...this.all];
    this.all.clear();
    this.line = [];
    return consumers;
  }

  /** In a quorum queue one of a higher priority takes over, once the active one has no unacknowledged messages. */
  private nextActive(): Consumer | undefined {
    if (this.quorum && this.active && this.first!.priority > this.active.priority) {
      if (this.active.inFlight) return undefined;
      this.active = this.first;
    }
    return this.active?.ready ? this.active : undefined;
  }

  private get first(): Consumer | undefined {
    return [...this.all].toSorted((a, b) => b.priority - a.priority)[0];
  }

  /** Those of one priority take turns. */
  private lineUp(consumer: Consumer): void {
    const last = this.line.findLastIndex(({ priority }) => priority >= consumer.priority);
    this.line.splice(last + 1, 0, consumer);
  }
}

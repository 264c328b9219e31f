import type { Message } from './message.ts';

/** A message in one queue. */
export interface Entry {
  readonly message: Message;
  /** Grows with each message in the queue. */
  readonly position: number;
  /** Milliseconds since the epoch; Infinity if it never expires. */
  readonly expiresAt: number;
  redelivered: boolean;
  /** How often it was returned: x-delivery-count. */
  returns: number;
}

/** The messages of a queue that wait for delivery, in order. */
export class Backlog {
  bytes = 0;
  private readonly quorum: boolean;
  private readonly returned = new Line();
  private readonly fresh = new Line();

  /** Quorum queues deliver returned messages first, in order of return; others put them back in their old place. */
  constructor(quorum: boolean) {
    this.quorum = quorum;
  }

  get length(): number {
    return this.returned.length + this.fresh.length;
  }

  get head(): Entry | undefined {
    return this.returned.head ?? this.fresh.head;
  }

  add(entry: Entry): void {
    this.bytes += entry.message.body.length;
    this.fresh.push(entry);
  }

  putBack(entry: Entry): void {
    this.bytes += entry.message.body.length;
    if (this.quorum) this.returned.push(entry);
    else this.fresh.insert(entry);
  }

  shift(): Entry | undefined {
    const entry = this.returned.shift() ?? this.fresh.shift();
    if (entry) this.bytes -= entry.message.body.length;
    return entry;
  }
}

const SLACK = 1024;

/** A queue over an array with a moving front, since `shift()` takes time in proportion to the length. */
class Line {
  private entries: (Entry | undefined)[] = [];
  private front = 0;

  get length(): number {
    return this.entries.length - this.front;
  }

  get head(): Entry | undefined {
    return this.entries[this.front];
  }

  push(entry: Entry): void {
    this.entries.push(entry);
  }

  shift(): Entry | undefined {
    const entry = this.entries[this.front];
    if (!entry) return undefined;
    this.entries[this.front++] = undefined;
    if (this.front === this.entries.length) {
      this.entries = [];
      this.front = 0;
    } else if (this.front > SLACK && this.front * 2 > this.entries.length) {
      this.entries.splice(0, this.front);
      this.front = 0;
    }
    return entry;
  }

  /** Inserts by position, nearly always at the front. */
  insert(entry: Entry): void {
    let [low, high] = [this.front, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.position < entry.position) low = middle + 1;
      else high = middle;
    }
    if (low === this.front && this.front > 0) this.entries[--this.front] = entry;
    else this.entries.splice(low, 0, entry);
  }
}

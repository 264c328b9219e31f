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
  length = 0;
  bytes = 0;
  private readonly quorum: boolean;
  /** In order of delivery. */
  private readonly lines: Line[];

  /**
   * Quorum queues deliver returned messages first, in order of return. Others deliver higher priorities first, and put
   * returned messages back in their old place.
   */
  constructor({ quorum, maxPriority }: { quorum: boolean; maxPriority: number }) {
    this.quorum = quorum;
    this.lines = Array.from({ length: quorum ? 2 : maxPriority + 1 }, () => new Line());
  }

  get head(): Entry | undefined {
    for (const line of this.lines) if (line.head) return line.head;
    return undefined;
  }

  add(entry: Entry): void {
    this.count(entry, 1);
    this.lineOf(entry).push(entry);
  }

  putBack(entry: Entry): void {
    this.count(entry, 1);
    if (this.quorum) this.lines[0]!.push(entry);
    else this.lineOf(entry).insert(entry);
  }

  shift(): Entry | undefined {
    for (const line of this.lines) {
      const entry = line.shift();
      if (!entry) continue;
      this.count(entry, -1);
      return entry;
    }
    return undefined;
  }

  private count({ message }: Entry, sign: 1 | -1): void {
    this.length += sign;
    this.bytes += sign * message.body.length;
  }

  /** Priorities above the highest count as the highest. */
  private lineOf({ message }: Entry): Line {
    const last = this.lines.length - 1;
    return this.lines[this.quorum ? last : Math.max(last - message.priority, 0)]!;
  }
}

const SLACK = 1024;

/** A queue over an array with a moving front, since `shift()` takes time in proportion to the length. */
class Line {
  private entries: (Entry | undefined)[] = [];
  private front = 0;

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

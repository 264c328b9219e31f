import type { Message } from './message.ts';

/** Octets that a message needs besides its content, roughly. */
const OVERHEAD = 512;

/**
 * Counts the octets of all messages in queues, unacknowledged or being published, with an overhead of 512 per message.
 * Above the limit a publish is refused: basic.nack if confirms are on, else 406 PRECONDITION_FAILED.
 */
export class Memory {
  used = 0;
  private readonly limit: number;
  private readonly holders = new Map<Message, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether a message of this size fits in. */
  fits(octets: number): boolean {
    return this.used + octets + OVERHEAD <= this.limit;
  }

  reserve(octets: number): void {
    this.used += octets;
  }

  hold(message: Message): void {
    const holders = this.holders.get(message) ?? 0;
    if (!holders) this.used += sizeOf(message);
    this.holders.set(message, holders + 1);
  }

  release(message: Message): void {
    const holders = this.holders.get(message)!;
    if (holders > 1) return void this.holders.set(message, holders - 1);
    this.holders.delete(message);
    this.used -= sizeOf(message);
  }
}

const sizeOf = ({ properties, body }: Message): number => properties.length + body.length + OVERHEAD;

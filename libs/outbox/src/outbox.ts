import type { Metadata } from '@fourfold/contracts/metadata';
import { messageOf, type Sendable } from '@fourfold/transport/outgoing-message';
import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { outbox } from './schema.ts';
import type { Transaction } from './transaction.ts';

/** The channel of NOTIFY that wakes the relay when a transaction with messages commits. */
export const OUTBOX_CHANNEL = 'outbox';

/** Messages that leave if, and only if, the transaction commits. */
export class Outbox {
  /** `metadata` returns what the next message carries. */
  constructor(private readonly metadata: () => Metadata) {}

  /**
   * Adds a command or an event to the transaction. Messages of one key leave in the order in which their transactions
   * wrote, where these follow one another: lock the aggregate's row first.
   */
  async add<T>(transaction: Transaction, what: Sendable<T>, data: T): Promise<void> {
    const envelope = { id: uuidv7(), metadata: this.metadata(), createdAt: new Date() };
    await transaction.insert(outbox).values(messageOf(what, data, envelope));
    await transaction.execute(sql`select pg_notify(${OUTBOX_CHANNEL}, '')`);
  }
}

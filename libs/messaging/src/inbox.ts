import type { IdempotencyKey } from '@fourfold/transport/transport';
import type { SqlDatabase } from './sql.ts';

/** Brokers deliver at least once; the effect of a message happens once. */
export class Inbox<Transaction> {
  constructor(private readonly database: SqlDatabase<Transaction>) {}

  /** Runs `effect` unless the message was seen before. Both are in `transaction`, so that either both stand or neither. */
  async once(transaction: Transaction, { source, id }: IdempotencyKey, effect: () => Promise<void>): Promise<void> {
    const inserted = await this.database.within(transaction).query(INSERT, [source, id]);
    if (inserted.length) await effect();
  }
}

/**
 * Rejected: select, then insert. A new message takes 1.4 times as long (bench/statements.ts), and of two deliveries at once
 * the second fails.
 */
const INSERT = `insert into inbox (source, id) values ($1, $2) on conflict do nothing returning id`;

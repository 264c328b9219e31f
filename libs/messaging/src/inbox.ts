import { messageIdReused } from '@fourfold/contracts/idempotency.errors';
import type { IdempotencyKey } from '@fourfold/transport/transport';
import type { SqlDatabase } from './sql.ts';

/** Brokers deliver at least once; the effect of a message happens once. */
export class Inbox<Transaction> {
  constructor(private readonly database: SqlDatabase<Transaction>) {}

  /**
   * Runs `effect` unless the message was seen before. Both are in `transaction`, so that either both stand or neither.
   * Another message with the same source and id is MESSAGE_ID_REUSED.
   */
  async once(transaction: Transaction, key: IdempotencyKey, effect: () => Promise<void>): Promise<void> {
    const { source, id, fingerprint = '' } = key;
    const sql = this.database.within(transaction);
    const inserted = await sql.query(INSERT, [source, id, fingerprint]);
    if (inserted.length) return effect();
    const [seen] = await sql.query<{ fingerprint: string }>(FIND, [source, id]);
    if (seen && seen.fingerprint !== fingerprint) throw messageIdReused({ source, id });
  }
}

/**
 * Rejected: select, then insert. A new message takes 1.4 times as long (bench/statements.ts), and of two deliveries at once
 * the second fails.
 */
const INSERT = `
  insert into inbox (source, id, fingerprint) values ($1, $2, $3) on conflict do nothing returning 1 as inserted`;

const FIND = `select fingerprint from inbox where source = $1 and id = $2`;

import { inbox } from './schema.ts';
import type { Transaction } from './transaction.ts';

/** Brokers deliver at least once; the effect of a message happens once. */
export class Inbox {
  /** Runs `effect` unless the message was seen; in its transaction, so that both stand or neither. */
  async once(transaction: Transaction, messageId: string, effect: () => Promise<void>): Promise<void> {
    const seen = await transaction.insert(inbox).values({ messageId }).onConflictDoNothing().returning();
    if (seen.length) await effect();
  }
}

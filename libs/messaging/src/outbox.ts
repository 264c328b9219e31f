import type { Metadata } from '@fourfold/contracts/metadata';
import { messageOf, type Sendable } from '@fourfold/transport/outgoing-message';
import { v7 as uuidv7 } from 'uuid';
import type { OutgoingMessage } from '@fourfold/transport/transport';
import type { SqlDatabase } from './sql.ts';

/** The channel of NOTIFY that wakes the relay when a transaction with messages commits. */
export const OUTBOX_CHANNEL = 'outbox';

/** Messages that are published if, and only if, the transaction commits. */
export class Outbox<Transaction> {
  /**
   * `metadata` returns what the next message carries: what travels on from the message being handled, and `own`. `kinds` are
   * those that a relay of this service publishes.
   */
  constructor(
    private readonly database: SqlDatabase<Transaction>,
    private readonly metadata: (own?: Metadata) => Metadata,
    private readonly kinds: readonly OutgoingMessage['kind'][] = ['command', 'event'],
  ) {}

  /**
   * Adds a command or an event to the transaction. Messages of one key are published in the order in which their
   * transactions wrote them, if one transaction waited for the other: lock the aggregate's row first. `own` metadata is
   * added to what travels on.
   */
  async add<T>(transaction: Transaction, what: Sendable<T>, data: T, own: { metadata?: Metadata } = {}): Promise<void> {
    const envelope = { id: uuidv7(), metadata: this.metadata(own.metadata), createdAt: new Date() };
    const { id, kind, type, destination, key, body, metadata, createdAt } = messageOf(what, data, envelope);
    if (!this.kinds.includes(kind))
      throw new TypeError(
        `${type} is ${kind === 'event' ? 'an event' : 'a command'}, and this service publishes none: add it to MessagingModule.forRoot({ publishes })`,
      );
    const values = [id, kind, type, destination, key, body, metadata, createdAt];
    await this.database.within(transaction).query(ADD, values);
  }
}

/** Rejected: insert and NOTIFY in two statements. One more round trip takes 1.2 times as long (bench/statements.ts). */
const ADD = `
  with added as (
    insert into outbox (id, kind, type, destination, key, body, metadata, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
  )
  select pg_notify('${OUTBOX_CHANNEL}', '')`;

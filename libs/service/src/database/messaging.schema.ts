import { bigserial, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';

// The tables of libs/messaging/schema.sql, for drizzle-kit: a service exports those that it needs from its own schema.

/** Messages to be published, written in the transaction of the state change that they follow. */
export const outbox = pgTable(
  'outbox',
  {
    position: bigserial('position', { mode: 'number' }).primaryKey(),
    id: text('id').notNull().unique(),
    kind: text('kind', { enum: ['command', 'event'] }).notNull(),
    type: text('type').notNull(),
    destination: text('destination').notNull(),
    key: text('key').notNull(),
    body: text('body').notNull(),
    metadata: jsonb('metadata').$type<Record<string, string>>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    publishedAt: timestamp('published_at', { withTimezone: true, precision: 3 }),
  },
  ({ kind, position, publishedAt }) => [
    index('outbox_unpublished')
      .on(kind, position)
      .where(sql`${publishedAt} is null`),
  ],
);

/** Messages whose effect has happened here, written in the transaction of that effect. */
export const inbox = pgTable(
  'inbox',
  {
    source: text('source').notNull(),
    id: text('id').notNull(),
    receivedAt: timestamp('received_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  ({ source, id }) => [primaryKey({ columns: [source, id] })],
);

/** Idempotency keys of requests, claimed before any work is done: a repeated request gets the same result. */
export const idempotentRequests = pgTable(
  'idempotent_requests',
  {
    operation: text('operation').notNull(),
    caller: text('caller').notNull(),
    source: text('source').notNull(),
    id: text('id').notNull(),
    fingerprint: text('fingerprint').notNull(),
    resultId: text('result_id').notNull(),
    requestedAt: timestamp('requested_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  ({ operation, caller, source, id }) => [primaryKey({ columns: [operation, caller, source, id] })],
);

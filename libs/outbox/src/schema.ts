import { bigserial, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';

/** Messages on their way out, written with the state that they follow. Part of each service's own schema. */
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

/** Messages whose effect has happened here, written with that effect. */
export const inbox = pgTable('inbox', {
  messageId: text('message_id').primaryKey(),
  receivedAt: timestamp('received_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

/** What callers named their requests, written before anything is done: asked again, it is the same result. */
export const requests = pgTable(
  'requests',
  {
    operation: text('operation').notNull(),
    caller: text('caller').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    /** What was asked for; another request must not have the same key. */
    fingerprint: text('fingerprint').notNull(),
    /** The id of what comes of it; there is nothing yet where the request failed. */
    resultId: text('result_id').notNull(),
    requestedAt: timestamp('requested_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  ({ operation, caller, idempotencyKey }) => [primaryKey({ columns: [operation, caller, idempotencyKey] })],
);

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
    parkedAt: timestamp('parked_at', { withTimezone: true, precision: 3 }),
    parkedReason: text('parked_reason'),
  },
  ({ kind, position, destination, key, publishedAt, parkedAt }) => [
    index('outbox_unpublished')
      .on(kind, position)
      .where(sql`${publishedAt} is null and ${parkedAt} is null`),
    index('outbox_parked')
      .on(kind, destination, key)
      .where(sql`${parkedAt} is not null`),
    index('outbox_published')
      .on(publishedAt)
      .where(sql`${publishedAt} is not null`),
  ],
);

/** What one of several replicas has at a time: the relay of a kind of message. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  owner: text('owner').notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true, precision: 3 }).notNull(),
});

/** Messages whose effect has happened here, written in the transaction of that effect. */
export const inbox = pgTable(
  'inbox',
  {
    source: text('source').notNull(),
    id: text('id').notNull(),
    fingerprint: text('fingerprint').notNull().default(''),
    receivedAt: timestamp('received_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  ({ source, id, receivedAt }) => [primaryKey({ columns: [source, id] }), index('inbox_received').on(receivedAt)],
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
  ({ operation, caller, source, id, requestedAt }) => [
    primaryKey({ columns: [operation, caller, source, id] }),
    index('idempotent_requests_requested').on(requestedAt),
  ],
);

import { bigserial, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
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
    traceparent: text('traceparent').notNull(),
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

import { bigint, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

export { inbox, outbox } from '@fourfold/outbox/schema';

/** A line as it was priced when the order was placed. */
export interface StoredLine {
  productId: string;
  name: string;
  quantity: number;
  unitPrice: { currencyCode: string; minorUnits: number };
}

export const orders = pgTable(
  'orders',
  {
    orderId: text('order_id').primaryKey(),
    customerId: text('customer_id').notNull(),
    status: text('status', { enum: ['PENDING', 'CONFIRMED', 'CANCELLED'] }).notNull(),
    lines: jsonb('lines').$type<StoredLine[]>().notNull(),
    currencyCode: text('currency_code').notNull(),
    totalMinorUnits: bigint('total_minor_units', { mode: 'number' }).notNull(),
    placedAt: timestamp('placed_at', { withTimezone: true, precision: 3 }).notNull(),
    cancelReason: text('cancel_reason'),
  },
  ({ customerId, placedAt }) => [index('orders_of_customer').on(customerId, placedAt)],
);

/** What customers named their requests, written before anything is done: asked again, it is the same order. */
export const requests = pgTable(
  'requests',
  {
    customerId: text('customer_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    /** What was asked for; another request must not have the same key. */
    fingerprint: text('fingerprint').notNull(),
    /** The order that comes of it; there is none yet where the request failed. */
    orderId: text('order_id').notNull(),
    requestedAt: timestamp('requested_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  ({ customerId, idempotencyKey }) => [primaryKey({ columns: [customerId, idempotencyKey] })],
);

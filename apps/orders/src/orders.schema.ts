import { bigint, index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export { idempotentRequests, inbox, leases, outbox } from '@fourfold/service/messaging.schema';

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
    version: integer('version').notNull().default(1),
  },
  ({ customerId, orderId }) => [index('orders_of_customer').on(customerId, orderId)],
);

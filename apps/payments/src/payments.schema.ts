import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export { inbox, leases, outbox } from '@fourfold/service/messaging.schema';

export const payments = pgTable('payments', {
  paymentId: text('payment_id').primaryKey(),
  /** One payment per order. */
  orderId: text('order_id').notNull().unique(),
  customerId: text('customer_id').notNull(),
  status: text('status', { enum: ['SETTLED', 'DECLINED', 'REFUNDED', 'VOIDED'] }).notNull(),
  currencyCode: text('currency_code').notNull(),
  minorUnits: bigint('minor_units', { mode: 'number' }).notNull(),
  declineReason: text('decline_reason'),
  decidedAt: timestamp('decided_at', { withTimezone: true, precision: 3 }).notNull(),
});

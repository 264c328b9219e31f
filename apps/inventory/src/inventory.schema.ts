import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

export { inbox, leases, outbox } from '@fourfold/service/messaging.schema';

export const products = pgTable('products', {
  productId: text('product_id').primaryKey(),
  name: text('name').notNull(),
  description: text('description').notNull(),
  currencyCode: text('currency_code').notNull(),
  priceMinorUnits: bigint('price_minor_units', { mode: 'number' }).notNull(),
  /** On hand minus what reservations take; below zero on backorder. */
  stock: integer('stock').notNull(),
});

export const reservations = pgTable(
  'reservations',
  {
    orderId: text('order_id').primaryKey(),
    status: text('status', { enum: ['HELD', 'EXPIRED', 'COMMITTED', 'RELEASED'] }).notNull(),
    currencyCode: text('currency_code').notNull(),
    totalMinorUnits: bigint('total_minor_units', { mode: 'number' }).notNull(),
    /** Null once the order is placed. */
    expiresAt: timestamp('expires_at', { withTimezone: true, precision: 3 }),
  },
  ({ status, expiresAt }) => [
    index('reservations_to_expire')
      .on(expiresAt)
      .where(sql`${status} = 'HELD'`),
  ],
);

/** The lines as they were priced when the stock was reserved. */
export const reservationLines = pgTable(
  'reservation_lines',
  {
    orderId: text('order_id')
      .notNull()
      .references(() => reservations.orderId),
    /** From 0, as the order has them. */
    position: integer('position').notNull(),
    productId: text('product_id').notNull(),
    name: text('name').notNull(),
    quantity: integer('quantity').notNull(),
    currencyCode: text('currency_code').notNull(),
    unitPriceMinorUnits: bigint('unit_price_minor_units', { mode: 'number' }).notNull(),
  },
  ({ orderId, position }) => [primaryKey({ columns: [orderId, position] })],
);

import { index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export { inbox, leases, outbox } from '@fourfold/service/messaging.schema';

export const notifications = pgTable(
  'notifications',
  {
    notificationId: text('notification_id').primaryKey(),
    customerId: text('customer_id').notNull(),
    orderId: text('order_id').notNull(),
    text: text('text').notNull(),
    sentAt: timestamp('sent_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  ({ customerId, notificationId }) => [index('notifications_of_customer').on(customerId, notificationId)],
);

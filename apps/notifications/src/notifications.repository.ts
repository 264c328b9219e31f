import { Injectable } from '@nestjs/common';
import type { Notification } from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import { Database, type Transaction } from '@fourfold/service/database';
import { and, asc, eq, gt } from 'drizzle-orm';
import { notifications } from './notifications.schema.ts';

/** How notifications are kept. */
@Injectable()
export class NotificationsRepository {
  constructor(private readonly database: Database) {}

  async find(notificationId: string): Promise<Notification | undefined> {
    const [found] = await this.database
      .select()
      .from(notifications)
      .where(eq(notifications.notificationId, notificationId));
    return found;
  }

  /** By id; UUIDv7 sorts by age. */
  findAfter(customerId: string, notificationId: string, limit: number): Promise<Notification[]> {
    return this.database
      .select()
      .from(notifications)
      .where(and(eq(notifications.customerId, customerId), gt(notifications.notificationId, notificationId)))
      .orderBy(asc(notifications.notificationId))
      .limit(limit);
  }

  async insert(transaction: Transaction, { sentAt, ...notification }: Notification): Promise<void> {
    await transaction.insert(notifications).values({ ...notification, sentAt: sentAt! });
  }
}

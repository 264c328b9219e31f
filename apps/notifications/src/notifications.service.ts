import { Injectable } from '@nestjs/common';
import type {
  ListNotificationsResponse,
  Notification,
} from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import type { ListNotificationsDto } from '@fourfold/contracts/notifications';
import { notificationNotFound } from '@fourfold/contracts/notifications.errors';
import { Inbox } from '@fourfold/messaging/inbox';
import { Database, type Transaction } from '@fourfold/service/database';
import { pageOf } from '@fourfold/service/page';
import type { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { v7 as uuidv7 } from 'uuid';
import { NotificationsRepository } from './notifications.repository.ts';

/** What can be done with notifications. */
@Injectable()
export class NotificationsService {
  constructor(
    private readonly database: Database,
    private readonly notifications: NotificationsRepository,
    private readonly inbox: Inbox<Transaction>,
  ) {}

  /** Notifies a customer about an order. `idempotencyKey` makes it happen once. */
  tell(about: { customerId: string; orderId: string }, text: string, idempotencyKey: IdempotencyKey): Promise<void> {
    const { customerId, orderId } = about;
    const notification = { notificationId: uuidv7(), customerId, orderId, text, sentAt: new Date() };
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, () => this.notifications.insert(transaction, notification)),
    );
  }

  async get(notificationId: string): Promise<Notification> {
    const notification = await this.notifications.find(notificationId);
    if (!notification) throw notificationNotFound({ notificationId });
    return notification;
  }

  /** The notifications of a customer, oldest first, page by page. */
  async list({ customerId, ...page }: ListNotificationsDto): Promise<ListNotificationsResponse> {
    const { items: notifications, nextPageToken } = await pageOf(
      page,
      ({ notificationId }: Notification) => notificationId,
      (notificationId, limit) => this.notifications.findAfter(customerId, notificationId, limit),
    );
    return { notifications, nextPageToken };
  }
}

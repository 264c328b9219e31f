import { Injectable } from '@nestjs/common';
import type { ListNotificationsResponse } from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import type { ListNotificationsDto } from '@fourfold/contracts/notifications';
import { Inbox } from '@fourfold/messaging/inbox';
import { Database, type Transaction } from '@fourfold/service/database';
import type { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { v7 as uuidv7 } from 'uuid';
import { NotificationsRepository } from './notifications.repository.ts';
import { idOfPageToken, pageTokenAfter } from '@fourfold/transport/page-token';

const DEFAULT_PAGE_SIZE = 50;

/** What can be done with notifications. */
@Injectable()
export class NotificationsService {
  constructor(
    private readonly database: Database,
    private readonly notifications: NotificationsRepository,
    private readonly inbox: Inbox<Transaction>,
  ) {}

  /** Tells a customer something about an order. `idempotencyKey` makes it happen once. */
  tell(about: { customerId: string; orderId: string }, text: string, idempotencyKey: IdempotencyKey): Promise<void> {
    const { customerId, orderId } = about;
    const notification = { notificationId: uuidv7(), customerId, orderId, text, sentAt: new Date() };
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, () => this.notifications.insert(transaction, notification)),
    );
  }

  /** What a customer was told, oldest first, page by page. */
  async list({ customerId, pageSize, pageToken }: ListNotificationsDto): Promise<ListNotificationsResponse> {
    const size = pageSize || DEFAULT_PAGE_SIZE;
    const found = await this.notifications.findAfter(customerId, idOfPageToken(pageToken), size + 1);
    const notifications = found.slice(0, size);
    const nextPageToken = found.length > size ? pageTokenAfter(notifications.at(-1)!.notificationId) : '';
    return { notifications, nextPageToken };
  }
}

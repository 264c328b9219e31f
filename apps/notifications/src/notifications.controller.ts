import type {
  ListNotificationsResponse,
  Notification,
} from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import { GetNotificationDto, ListNotificationsDto, NotificationsContract } from '@fourfold/contracts/notifications';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { NotificationsService } from './notifications.service.ts';

/** What the notifications service does when asked, over every transport of its contract. */
@Implements(NotificationsContract)
export class NotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  getNotification(@Input() { notificationId }: GetNotificationDto): Promise<Notification> {
    return this.notifications.get(notificationId);
  }

  listNotifications(@Input() page: ListNotificationsDto): Promise<ListNotificationsResponse> {
    return this.notifications.list(page);
  }
}

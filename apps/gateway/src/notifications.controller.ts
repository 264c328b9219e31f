import { Controller, Get } from '@nestjs/common';
import type { Notification } from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import { ListNotificationsDto } from '@fourfold/contracts/notifications';
import { Input } from '@fourfold/transport/input';
import { linkTo } from './links.ts';
import { NotificationsClient } from './notifications.client.ts';

/** `/v1/notifications`: the notifications of a customer, oldest first. */
@Controller('v1/notifications')
export class NotificationsController {
  constructor(private readonly notifications: NotificationsClient) {}

  @Get()
  async listNotifications(@Input(ListNotificationsDto) input: ListNotificationsDto) {
    const { notifications, nextPageToken } = await this.notifications.listNotifications(input);
    return {
      notifications: notifications.map(withLinks),
      nextPageToken,
      links: {
        self: linkTo('notifications', { ...input }),
        ...(nextPageToken && { next: linkTo('notifications', { ...input, pageToken: nextPageToken }) }),
      },
    };
  }
}

const withLinks = (notification: Notification) => ({
  ...notification,
  links: { order: linkTo('order', { orderId: notification.orderId }) },
});

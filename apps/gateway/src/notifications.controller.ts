import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Notification } from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import { GetNotificationDto, ListNotificationsDto } from '@fourfold/contracts/notifications';
import { Input } from '@fourfold/transport/input';
import { Produces } from '@fourfold/transport/produces';
import { answerPage, documentOf, HAL, type HttpResponse } from './hal.ts';
import { linkTo } from './links.ts';
import { NotificationsClient } from './notifications.client.ts';
import { routeOf } from './uris.ts';

/** The notifications of a customer, oldest first. They are for the customer's eyes, and read once: nobody keeps them. */
@Controller()
export class NotificationsController {
  constructor(private readonly notifications: NotificationsClient) {}

  @Get(routeOf('notifications'))
  @Produces(...HAL)
  @Header('cache-control', 'no-store')
  async listNotifications(
    @Input(ListNotificationsDto) input: ListNotificationsDto,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const { notifications, nextPageToken } = await this.notifications.listNotifications(input);
    const items = notifications.map(withLinks);
    return answerPage(response, {
      place: 'notifications',
      input,
      nextPageToken,
      relation: 'shop:notifications',
      items,
    });
  }

  @Get(routeOf('notification'))
  @Produces(...HAL)
  @Header('cache-control', 'no-store')
  async getNotification(@Input(GetNotificationDto) input: GetNotificationDto) {
    return documentOf(withLinks(await this.notifications.getNotification(input)));
  }
}

const withLinks = (notification: Notification) => {
  const { notificationId, customerId, orderId } = notification;
  const _links = {
    self: linkTo('notification', { notificationId }),
    collection: linkTo('notifications', { customerId }),
    'shop:order': linkTo('order', { orderId }),
  };
  return { ...notification, _links };
};

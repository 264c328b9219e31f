import { contract } from './define/contract.ts';
import { Id, PageSize, PageToken } from './define/fields.ts';
import { NotificationsServiceDefinition } from './gen/shop/notifications/v1/notifications.ts';

export class GetNotificationDto {
  @Id() notificationId = '';
}
export class ListNotificationsDto {
  @Id() customerId = '';
  @PageSize() pageSize = 0;
  @PageToken() pageToken = '';
}

export const NotificationsContract = contract(NotificationsServiceDefinition, {
  getNotification: { input: GetNotificationDto, idempotent: true, http: 'GET /notifications/:notificationId' },
  listNotifications: { input: ListNotificationsDto, idempotent: true, http: 'GET /notifications' },
});

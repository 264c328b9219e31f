import { defineError } from './define/service-error.ts';

export const notificationNotFound = defineError<{ notificationId: string }>(
  'NOT_FOUND',
  'NOTIFICATION_NOT_FOUND',
  ({ notificationId }) => ({ message: `there is no notification ${notificationId}`, metadata: { notificationId } }),
);

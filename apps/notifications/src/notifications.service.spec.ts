import { NotificationsContract } from '@fourfold/contracts/notifications';
import { Database } from '@fourfold/service/database';
import { createService } from '@fourfold/service/start';
import { appForTests } from '@fourfold/testing/service-for-tests';
import { clientOf, createClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import { NotificationsModule } from './notifications.module.ts';
import { notifications as table } from './notifications.schema.ts';
import { NotificationsSubscriber } from './notifications.subscriber.ts';

abstract class NotificationsClient extends clientOf(NotificationsContract) {}

const amount = { currencyCode: 'EUR', minorUnits: 1999 };
let client: NotificationsClient;
let subscriber: NotificationsSubscriber;

const service = appForTests(createService, {
  name: 'notifications',
  module: NotificationsModule,
  transports: ['grpc'],
});
beforeAll(async () => {
  client = createClient(NotificationsClient, await grpcClient(service.grpcUrl));
  subscriber = service.app.get(NotificationsSubscriber);
});

const newKey = () => ({ source: 'orders', id: uuidv7() });
const list = async (customerId: string) => {
  const { notifications } = await client.listNotifications({ customerId, pageSize: 0, pageToken: '' });
  return notifications;
};

describe('what is heard', () => {
  it('becomes one notification each, oldest first', async () => {
    const [orderId, customerId, paymentId] = [uuidv7(), uuidv7(), uuidv7()];
    const before = Date.now();
    await subscriber.orderPlaced({ orderId, customerId, total: amount, placedAt: new Date() }, newKey());
    await subscriber.paymentSettled({ orderId, customerId, paymentId, amount }, newKey());
    await subscriber.orderConfirmed({ orderId, customerId }, newKey());
    await subscriber.paymentDeclined({ orderId, customerId, paymentId, reason: 'over the limit' }, newKey());
    await subscriber.orderCancelled({ orderId, customerId, reason: 'over the limit' }, newKey());
    await subscriber.paymentRefunded({ orderId, customerId, paymentId, amount }, newKey());
    const notifications = await list(customerId);
    expect(notifications).toMatchObject(
      [/thank you/i, /payment/, /confirmed/, /declined/, /is cancelled/, /given you back/].map((text) => ({
        orderId,
        customerId,
        text: expect.stringMatching(text),
      })),
    );
    for (const { sentAt } of notifications) expect(sentAt!.getTime()).toBeGreaterThanOrEqual(before);
  });
  it('is told once, however often the message comes', async () => {
    const [orderId, customerId, idempotencyKey] = [uuidv7(), uuidv7(), newKey()];
    const hear = () => subscriber.orderConfirmed({ orderId, customerId }, idempotencyKey);
    await Promise.all([hear(), hear(), hear()]);
    await hear();
    expect(await list(customerId)).toHaveLength(1);
  });
  it('is told to nobody else', async () => {
    await subscriber.orderConfirmed({ orderId: uuidv7(), customerId: uuidv7() }, newKey());
    expect(await list(uuidv7())).toEqual([]);
  });
});

describe('getNotification', () => {
  it('answers one, over gRPC and HTTP alike', async () => {
    const customerId = uuidv7();
    await subscriber.orderConfirmed({ orderId: uuidv7(), customerId }, newKey());
    const [told] = await list(customerId);
    const { notificationId } = told!;
    expect(await client.getNotification({ notificationId })).toEqual(told);
    const response = await fetch(`${service.url}/notifications/${notificationId}`);
    expect(await response.json()).toEqual({ ...told, sentAt: told!.sentAt!.toISOString() });
  });
  it('is a 404 if there is none', async () => {
    const response = await fetch(`${service.url}/notifications/none`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      reason: 'NOTIFICATION_NOT_FOUND',
      metadata: { notificationId: 'none' },
    });
  });
});

describe('listNotifications', () => {
  const customerId = uuidv7();
  const orderIds = Array.from({ length: 5 }, () => uuidv7());

  beforeAll(async () => {
    for (const orderId of orderIds) await subscriber.orderConfirmed({ orderId, customerId }, newKey());
  });

  it('pages through them, over gRPC and HTTP alike', async () => {
    const first = await client.listNotifications({ customerId, pageSize: 2, pageToken: '' });
    const query = new URLSearchParams({ customerId, pageSize: '3', pageToken: first.nextPageToken });
    const response = await fetch(`${service.url}/notifications?${query}`);
    const second = (await response.json()) as typeof first;
    expect([...first.notifications, ...second.notifications].map(({ orderId }) => orderId)).toEqual(orderIds);
    expect(second.nextPageToken).toBe('');
  });
  it('goes on after a notification that was deleted meanwhile', async () => {
    const first = await client.listNotifications({ customerId, pageSize: 2, pageToken: '' });
    const last = first.notifications[1]!;
    await service.app.get(Database).delete(table).where(eq(table.notificationId, last.notificationId));
    const second = await client.listNotifications({ customerId, pageSize: 3, pageToken: first.nextPageToken });
    expect(second.notifications.map(({ orderId }) => orderId)).toEqual(orderIds.slice(2));
  });
  it('refuses a page token that it never gave', async () => {
    await expect(client.listNotifications({ customerId, pageSize: 0, pageToken: 'x' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { violations: [{ path: 'pageToken', rule: 'isPageToken' }] },
    });
  });
  it('refuses to list without a customer', async () => {
    const response = await fetch(`${service.url}/notifications`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ violations: [{ path: 'customerId' }] });
  });
});

/**
 * Client-server: the two sides evolve apart. A client that was written against URIs breaks when the server moves a resource. One that
 * was written against a media type and the names of relations does not: the server tells it every URI but the first.
 * The test proves it: one client, unchanged, uses two servers that have no URI in common but `/`.
 */
import { createService, type RunningService } from '@fourfold/service/start';
import { startApp } from '@fourfold/testing/service-for-tests';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grpcTarget, origin } from '../addresses.ts';
import { RestClient } from './rest-client.ts';
import { Customer } from './shopping.ts';

const MOVED = {
  orders: '/purchases{?customerId,pageSize,pageToken}',
  order: '/purchases/number-{orderId}',
  orderEvents: '/watch/{orderId}',
  cancellation: '/purchases/number-{orderId}/undo',
  payment: '/bank/charges/{orderId}',
  products: '/catalogue/all{?pageSize,pageToken}',
  product: '/catalogue/one/{productId}',
  notifications: '/mail{?customerId,pageSize,pageToken}',
  notification: '/mail/{notificationId}',
  relations: '/words',
  relation: '/words/{rel}',
  webFile: '/code/{file}',
};

let before: Record<string, string>;
let moved: RunningService;
/** A second gateway before the same services. Its routes and links are made of other URIs before it is loaded. */
beforeAll(async () => {
  const { URIS } = await import('@fourfold/gateway/uris');
  before = { ...URIS };
  Object.assign(URIS, MOVED);
  const { GatewayModule } = await import('@fourfold/gateway/gateway.module');
  const environment = {
    ORDERS_GRPC_URL: grpcTarget('orders'),
    INVENTORY_GRPC_URL: grpcTarget('inventory'),
    PAYMENTS_GRPC_URL: grpcTarget('payments'),
    NOTIFICATIONS_GRPC_URL: grpcTarget('notifications'),
  };
  moved = await startApp(createService, { name: 'gateway', module: GatewayModule, environment });
});
afterAll(() => moved?.stop());

describe.each([
  ['the server as it is', () => origin('gateway')],
  ['a server whose URIs are all others', () => moved.url],
])('a client that knows only / and the names of relations, at %s', (_, originOf) => {
  it('browses, orders, watches, finds its orders, cancels, and sees the payment and what it was told', async () => {
    const customer = new Customer(new RestClient([originOf()]));
    const product = await customer.browse();
    expect(product.body).toMatchObject({ name: expect.any(String), stock: expect.any(Number) });

    const placed = await customer.order(product);
    expect(placed.status).toBe(201);
    const events = await customer.watch(placed);
    expect(events.at(-1)!.data).toMatchObject({ orderId: placed.body.orderId, status: 'CONFIRMED' });

    const [found] = await customer.orders();
    expect(found).toMatchObject({ orderId: placed.body.orderId, status: 'CONFIRMED' });
    const order = await customer.read(found);
    expect((await customer.payment(order)).status).toBe('SETTLED');

    const cancelled = await customer.cancel(order, 'ordered twice');
    expect(cancelled.body).toMatchObject({ status: 'CANCELLED', cancelReason: 'ordered twice' });
    expect(cancelled.body).not.toHaveProperty('_templates'); // there is nothing left to do
    await expect.poll(async () => (await customer.payment(cancelled)).status).toBe('REFUNDED');
    const texts = async () => (await customer.notifications(cancelled)).map(({ text }) => text).join('\n');
    await expect.poll(texts).toMatch(/is cancelled: ordered twice/);
  });
});

it('the two servers have no path in common but /', async () => {
  const paths = Object.values(before).map((uri) => uri.replace(/\{\?.*\}/, '').replace(/\{\w+\}/, 'some'));
  expect(paths.length).toBeGreaterThan(10);
  for (const path of paths.filter((one) => one !== '/')) {
    const problem = (await (await fetch(moved.url + path)).json()) as { status: number; detail: string };
    expect({ path, ...problem }).toMatchObject({ path, status: 404, reason: 'NOT_FOUND' }); // not ORDER_NOT_FOUND: no route has it
  }
});

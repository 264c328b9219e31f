import { Module } from '@nestjs/common';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import type { Product, Reservation } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { GetProductDto, InventoryContract, ListProductsDto, ReserveStockDto } from '@fourfold/contracts/inventory';
import { outOfStock } from '@fourfold/contracts/inventory.errors';
import { OrdersContract } from '@fourfold/contracts/orders';
import { orderNotFound } from '@fourfold/contracts/orders.errors';
import { outbox } from '@fourfold/outbox/schema';
import { Database } from '@fourfold/service/database';
import { createService, type RunningService } from '@fourfold/service/start';
import { freshDatabase } from '@fourfold/system/testing';
import { clientOf, connect } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { httpClient } from '@fourfold/transport/http';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrdersModule } from './orders.module.ts';
import { OrdersService } from './orders.service.ts';

/** Stands for inventory: product `gone` is out of stock, all else costs 5 euros. */
@Implements(InventoryContract)
class FakeInventory {
  reserveStock(@Input() { orderId, lines }: ReserveStockDto): Reservation {
    if (lines[0]!.productId === 'gone') throw outOfStock({ productId: 'gone', requested: 1, available: 0 });
    const unitPrice = { currencyCode: 'EUR', minorUnits: 500 };
    const minorUnits = lines.reduce((sum, { quantity }) => sum + quantity * 500, 0);
    const priced = lines.map((line) => ({ ...line, name: 'Kettle', unitPrice }));
    return { orderId, lines: priced, total: { currencyCode: 'EUR', minorUnits } };
  }
  getProduct(@Input() { productId }: GetProductDto): Product {
    return { productId, name: '', description: '', stock: 0 };
  }
  listProducts(@Input() _: ListProductsDto) {
    return { products: [], nextPageToken: '' };
  }
}
@Module({ controllers: [FakeInventory] })
class FakeInventoryModule {}

abstract class OrdersClient extends clientOf(OrdersContract) {}
const free = { HOST: '127.0.0.1', HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'error' };
const nowhere = { RABBITMQ_URL: 'amqp://127.0.0.1:1', KAFKA_BROKERS: '127.0.0.1:1' };

let inventory: RunningService;
let service: RunningService;
let orders: OrdersClient;
let overHttp: OrdersClient;
let database: Database;

beforeAll(async () => {
  const fake = { name: 'inventory', module: async () => FakeInventoryModule, environment: free };
  inventory = await createService({ ...fake, transports: ['grpc'] });
  await inventory.ready;
  service = await createService({
    name: 'orders',
    module: async () => OrdersModule,
    transports: ['grpc'],
    environment: {
      ...free,
      ...nowhere,
      DATABASE_URL: await freshDatabase(),
      MIGRATE_AT_START: 'true',
      INVENTORY_GRPC_URL: inventory.grpcUrl,
    },
  });
  await service.ready;
  orders = connect(OrdersClient, await grpcClient(service.grpcUrl!));
  overHttp = connect(OrdersClient, await httpClient(service.url));
  database = service.app.get(Database);
});
afterAll(async () => {
  await service?.stop();
  await inventory?.stop();
});

const place = (productId = 'p-1') => ({ customerId: 'c-1', lines: [{ productId, quantity: 2 }] });

describe('placing an order', () => {
  it('reserves, stores and answers it, with what must follow in the outbox', async () => {
    const order = await orders.placeOrder(place());
    expect(order).toMatchObject({ status: 'PENDING', total: { currencyCode: 'EUR', minorUnits: 1000 } });
    expect(await orders.getOrder({ orderId: order.orderId })).toEqual(order);
    const messages = (await database.select().from(outbox)).filter(({ body }) => body.includes(order.orderId));
    expect(messages.map(({ kind, type, destination, key }) => ({ kind, type, destination, key }))).toEqual([
      { kind: 'event', type: 'shop.orders.v1.OrderPlaced', destination: 'shop.orders.v1', key: order.orderId },
      {
        kind: 'command',
        type: 'shop.payments.v1.PaymentsService/ChargePayment',
        destination: 'payments.charge-payment',
        key: '',
      },
    ]);
  });

  it('answers the same over HTTP', async () => {
    expect(await overHttp.placeOrder(place())).toMatchObject({ status: 'PENDING', total: { minorUnits: 1000 } });
  });

  it('is done once for one idempotency key, however often and however many at once', async () => {
    const asked = Array.from({ length: 5 }, () => orders.placeOrder(place(), { idempotencyKey: 'k-1' }));
    const ids = (await Promise.all(asked)).map(({ orderId }) => orderId);
    expect(new Set(ids).size).toBe(1);
    expect((await orders.placeOrder(place(), { idempotencyKey: 'k-1' })).orderId).toBe(ids[0]);
  });

  it("fails with inventory's own error", async () => {
    const error = await orders.placeOrder(place('gone')).catch((thrown: unknown) => thrown);
    expect(outOfStock.matches(error)).toBe(true);
    expect(error).toMatchObject({ httpStatus: 409, details: { metadata: { productId: 'gone', available: '0' } } });
  });

  it('refuses bad input with path and rule', async () => {
    const error = await orders.placeOrder({ customerId: '', lines: [] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { violations: [{ path: 'customerId' }, { path: 'lines' }] },
    });
  });
});

describe('after the payment', () => {
  const use = () => service.app.get(OrdersService);

  it('confirms the order once, and says so once', async () => {
    const { orderId } = await orders.placeOrder(place());
    await Promise.all([use().confirm(orderId, `m-${orderId}`), use().confirm(orderId, `m-${orderId}`)]);
    expect(await orders.getOrder({ orderId })).toMatchObject({ status: 'CONFIRMED' });
    const said = (await database.select().from(outbox)).filter(
      ({ type, key }) => key === orderId && type.endsWith('OrderConfirmed'),
    );
    expect(said).toHaveLength(1);
  });

  it('cancels it with the reason', async () => {
    const { orderId } = await orders.placeOrder(place());
    await use().cancel(orderId, 'over the limit', `m-${orderId}`);
    expect(await orders.getOrder({ orderId })).toMatchObject({ status: 'CANCELLED', cancelReason: 'over the limit' });
  });

  it('streams the order until its final state', async () => {
    const { orderId } = await orders.placeOrder(place());
    const confirm = tap<Order>(() => void use().confirm(orderId, `m-${orderId}`));
    const seen = await lastValueFrom(orders.watchOrder({ orderId }).pipe(confirm, toArray()));
    expect(seen.map(({ status }) => status)).toEqual(['PENDING', 'CONFIRMED']);
  });

  it('streams nothing of an unknown order but its error', async () => {
    const error = await firstValueFrom(orders.watchOrder({ orderId: 'none' })).catch((thrown: unknown) => thrown);
    expect(orderNotFound.matches(error)).toBe(true);
  });
});

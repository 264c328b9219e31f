import { Module } from '@nestjs/common';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import type { Reservation } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { idempotencyKeyReused } from '@fourfold/contracts/idempotency.errors';
import { InventoryContract, ReserveStockDto } from '@fourfold/contracts/inventory';
import { type Metadata, PROPAGATED } from '@fourfold/contracts/metadata';
import { outOfStock } from '@fourfold/contracts/inventory.errors';
import { OrdersContract } from '@fourfold/contracts/orders';
import { orderChanged, orderNotFound } from '@fourfold/contracts/orders.errors';
import { Database } from '@fourfold/service/database';
import { outbox } from '@fourfold/service/messaging.schema';
import { createService } from '@fourfold/service/start';
import { permutations } from '@fourfold/testing/permutations';
import { appForTests, standInForTests } from '@fourfold/testing/service-for-tests';
import { clientOf, createClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { httpClient } from '@fourfold/transport/http';
import { currentMessage } from '@fourfold/transport/context';
import { Implements } from '@fourfold/transport/implements';
import { traceIdOf } from '@fourfold/transport/metadata';
import { Input } from '@fourfold/transport/input';
import { asc, eq } from 'drizzle-orm';
import { firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OrdersModule } from './orders.module.ts';
import { OrdersRepository } from './orders.repository.ts';
import { orders as table } from './orders.schema.ts';
import { OrdersService } from './orders.service.ts';

/** Stands for inventory: product `gone` is out of stock, all else costs 5 euros. One order id is one reservation. */
@Implements({ reserveStock: InventoryContract.reserveStock })
class FakeInventory {
  readonly soldOut = new Set(['gone']);
  readonly metadata: Metadata[] = [];
  private readonly asked: ReserveStockDto[] = [];

  /** The order ids that stock of this product was asked for. */
  reservationsOf(productId: string): string[] {
    return [...new Set(this.asked.filter(({ lines }) => lines[0]!.productId === productId).map((one) => one.orderId))];
  }
  reserveStock(@Input() { orderId, lines }: ReserveStockDto): Reservation {
    this.asked.push({ orderId, lines });
    this.metadata.push(currentMessage()!.metadata);
    const { productId } = lines[0]!;
    if (this.soldOut.has(productId)) throw outOfStock({ productId, requested: 1, available: 0 });
    const unitPrice = { currencyCode: 'EUR', minorUnits: 500 };
    const minorUnits = lines.reduce((sum, { quantity }) => sum + quantity * 500, 0);
    const priced = lines.map((line) => ({ ...line, name: 'Kettle', unitPrice }));
    return { orderId, lines: priced, total: { currencyCode: 'EUR', minorUnits } };
  }
}
@Module({ controllers: [FakeInventory] })
class FakeInventoryModule {}

abstract class OrdersClient extends clientOf(OrdersContract) {}

let orders: OrdersClient;
let overHttp: OrdersClient;
let database: Database;

const inventory = standInForTests(createService, FakeInventoryModule);
const service = appForTests(createService, {
  name: 'orders',
  module: OrdersModule,
  transports: ['grpc'],
  environment: () => ({ INVENTORY_GRPC_URL: inventory.grpcUrl }),
});
beforeAll(async () => {
  orders = createClient(OrdersClient, await grpcClient(service.grpcUrl));
  overHttp = createClient(OrdersClient, await httpClient(service.url));
  database = service.app.get(Database);
});

/** What left because of an order, or will. */
const messagesOf = async (orderId: string) => {
  const rows = await database.select().from(outbox).orderBy(asc(outbox.position));
  return rows.filter(({ body }) => body.includes(orderId)).map(({ type }) => type.split(/[./]/).at(-1)!);
};
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

  it('hands the metadata of the application on, to inventory and with each message', async () => {
    PROPAGATED.add('tenant'); // in libs/contracts/src/metadata.ts, for all services
    onTestFinished(() => void PROPAGATED.delete('tenant'));
    const metadata = { tenant: 'acme-7', foreign: 'stays here' };
    const { orderId } = await overHttp.placeOrder(place(), { metadata });
    const rows = (await database.select().from(outbox)).filter(({ body }) => body.includes(orderId));
    const carried = [inventory.app.get(FakeInventory).metadata.at(-1)!, ...rows.map((row) => row.metadata)];
    expect(carried).toHaveLength(3);
    for (const each of carried) expect(each).toMatchObject({ tenant: 'acme-7' });
    for (const each of carried) expect(each).not.toHaveProperty('foreign');
    expect(new Set(carried.map(traceIdOf)).size).toBe(1);
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

describe('an idempotency key', () => {
  const stock = () => inventory.app.get(FakeInventory);

  it('makes one order with one reservation and one charge, of ten requests at once and of one later', async () => {
    const clients = Array.from({ length: 10 }, (_, index) => (index % 2 ? orders : overHttp));
    const ask = (client: OrdersClient) => client.placeOrder(place('at-once'), { idempotencyKey: 'k-1' });
    const [order, ...others] = await Promise.all(clients.map(ask));
    for (const other of [...others, await ask(orders)]) expect(other).toEqual(order);
    expect(stock().reservationsOf('at-once')).toEqual([order!.orderId]);
    expect(await messagesOf(order!.orderId)).toHaveLength(2);
  });

  it("is the customer's own: another one's request of the same key is another order", async () => {
    const ask = (customerId: string, quantity: number) =>
      orders.placeOrder({ customerId, lines: [{ productId: 'p-1', quantity }] }, { idempotencyKey: 'k-2' });
    const ofAlice = await ask('alice', 1);
    const ofMallory = await ask('mallory', 7);
    expect(ofMallory).toMatchObject({ customerId: 'mallory', lines: [{ quantity: 7 }] });
    expect(ofMallory.orderId).not.toBe(ofAlice.orderId);
    expect(await ask('alice', 1)).toEqual(ofAlice);
  });

  it('is refused for other lines, and reserves nothing for them', async () => {
    await orders.placeOrder(place(), { idempotencyKey: 'k-3' });
    const again = orders.placeOrder(place('other'), { idempotencyKey: 'k-3' });
    const error = await again.catch((thrown: unknown) => thrown);
    expect(idempotencyKeyReused.matches(error)).toBe(true);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { metadata: { idempotencyKey: 'k-3' } } });
    expect(stock().reservationsOf('other')).toEqual([]);
  });

  it('is refused for other lines over HTTP with 422', async () => {
    await orders.placeOrder(place(), { idempotencyKey: 'k-4' });
    const response = await fetch(`${service.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k-4' },
      body: JSON.stringify(place('other')),
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ status: 422, reason: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('can be used again after a failure, for the same order', async () => {
    stock().soldOut.add('late');
    const ask = () => orders.placeOrder(place('late'), { idempotencyKey: 'k-5' });
    expect(await ask().catch((thrown: unknown) => thrown)).toMatchObject({ httpStatus: 409 });
    stock().soldOut.delete('late');
    const order = await ask();
    expect(order.status).toBe('PENDING');
    expect(stock().reservationsOf('late')).toEqual([order.orderId]);
  });
});

describe('cancelling an order', () => {
  const use = () => service.app.get(OrdersService);
  const cancel = (orderId: string, expectedVersion?: number) =>
    orders.cancelOrder({ orderId, reason: 'not needed', expectedVersion });
  const failureOf = (work: Promise<unknown>) => work.catch((thrown: unknown) => thrown);

  it('announces it and has its payment refunded, with the amount that it costs', async () => {
    const { orderId } = await orders.placeOrder(place());
    const order = await cancel(orderId, 1);
    expect(order).toMatchObject({ status: 'CANCELLED', cancelReason: 'not needed', version: 2 });
    expect(await orders.getOrder({ orderId })).toEqual(order);
    const [cancelled, refund] = (await database.select().from(outbox).orderBy(asc(outbox.position)))
      .filter(({ body }) => body.includes(orderId))
      .slice(-2);
    expect(JSON.parse(cancelled!.body)).toEqual({ orderId, customerId: 'c-1', reason: 'not needed' });
    expect(refund).toMatchObject({ kind: 'command', destination: 'payments.refund-payment' });
    expect(JSON.parse(refund!.body)).toEqual({
      orderId,
      customerId: 'c-1',
      amount: { currencyCode: 'EUR', minorUnits: 1000 },
    });
  });

  it('is refused if the order has another version, which it names', async () => {
    const { orderId } = await orders.placeOrder(place());
    await use().confirm(orderId, { source: 'payments', id: `s-${orderId}` });
    const error = await failureOf(cancel(orderId, 1));
    expect(orderChanged.matches(error)).toBe(true);
    expect(error).toMatchObject({ httpStatus: 412, details: { metadata: { orderId, version: '2' } } });
    expect(await cancel(orderId, 2)).toMatchObject({ status: 'CANCELLED', version: 3 });
  });

  it('that is cancelled already answers it as it is, whatever version is expected', async () => {
    const { orderId } = await orders.placeOrder(place());
    const order = await cancel(orderId, 1);
    for (const version of [1, 2, 7, undefined])
      expect(await orders.cancelOrder({ orderId, reason: 'another', expectedVersion: version })).toEqual(order);
    expect(await messagesOf(orderId)).toEqual(['OrderPlaced', 'ChargePayment', 'OrderCancelled', 'RefundPayment']);
  });

  it('happens once, of ten requests at once', async () => {
    const { orderId } = await orders.placeOrder(place());
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(orderId)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await messagesOf(orderId)).toHaveLength(4);
  });

  it('is an error if there is none', async () => {
    expect(await failureOf(cancel('none'))).toSatisfy(orderNotFound.matches);
  });

  it.each([
    [{ expectedVersion: 0 }, { path: 'expectedVersion', rule: 'min' }],
    [{ expectedVersion: 2 ** 31 }, { path: 'expectedVersion', rule: 'max' }],
    [{ reason: 'x'.repeat(201) }, { path: 'reason', rule: 'isLength' }],
    [{ reason: 'two\nlines' }, { path: 'reason', rule: 'matches' }],
  ])('refuses %j', async (input, violation) => {
    const response = await fetch(`${service.url}/orders/o-1/cancellation`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ violations: [violation] });
  });

  const settled = (orderId: string) => use().confirm(orderId, { source: 'payments', id: `s-${orderId}` });
  const declined = (orderId: string) => use().decline(orderId, 'declined', { source: 'payments', id: `d-${orderId}` });
  const customer = (orderId: string) => cancel(orderId);

  it.each([
    ['settles', settled, ['OrderCancelled', 'RefundPayment'], ['OrderConfirmed', 'OrderCancelled', 'RefundPayment']],
    ['is declined', declined, ['OrderCancelled', 'RefundPayment'], ['OrderCancelled']],
  ])('ends in a cancelled order, also if its payment %s, in any order', async (_, payment, ifFirst, ifSecond) => {
    for (const heard of permutations([customer, customer, payment, payment])) {
      const { orderId } = await orders.placeOrder(place());
      for (const hear of heard) await hear(orderId);
      const order = heard.map(({ name }) => name).join();
      const { status } = await orders.getOrder({ orderId });
      expect({ order, status, messages: (await messagesOf(orderId)).slice(2) }).toEqual({
        order,
        status: 'CANCELLED',
        messages: heard[0] === customer ? ifFirst : ifSecond,
      });
    }
  });

  it('at the same moment as its payment settles ends in a cancelled order', async () => {
    for (let round = 0; round < 20; round++) {
      const { orderId } = await orders.placeOrder(place());
      await Promise.all([cancel(orderId), settled(orderId)]);
      expect((await orders.getOrder({ orderId })).status).toBe('CANCELLED');
      expect((await messagesOf(orderId)).slice(-2)).toEqual(['OrderCancelled', 'RefundPayment']);
    }
  });
});

describe('listing orders', () => {
  it('pages through those of a customer, oldest first, over gRPC and HTTP alike', async () => {
    const ask = { customerId: 'c-list', lines: place().lines };
    const placed: Order[] = [];
    for (let count = 0; count < 5; count++) placed.push(await orders.placeOrder(ask));
    const first = await orders.listOrders({ customerId: 'c-list', pageSize: 2, pageToken: '' });
    const second = await overHttp.listOrders({ customerId: 'c-list', pageSize: 3, pageToken: first.nextPageToken });
    expect([...first.orders, ...second.orders]).toEqual(placed);
    expect(second.nextPageToken).toBe('');
  });

  it('goes on after an order that was deleted meanwhile', async () => {
    const ask = { customerId: 'c-deleted', lines: place().lines };
    const placed: Order[] = [];
    for (let count = 0; count < 3; count++) placed.push(await orders.placeOrder(ask));
    const first = await orders.listOrders({ customerId: 'c-deleted', pageSize: 2, pageToken: '' });
    await database.delete(table).where(eq(table.orderId, first.orders[1]!.orderId));
    const second = await orders.listOrders({ customerId: 'c-deleted', pageSize: 2, pageToken: first.nextPageToken });
    expect(second).toEqual({ orders: placed.slice(2), nextPageToken: '' });
  });

  it('is empty for who has none', async () => {
    expect(await orders.listOrders({ customerId: 'nobody', pageSize: 0, pageToken: '' })).toEqual({
      orders: [],
      nextPageToken: '',
    });
  });
});

describe('after the payment', () => {
  const use = () => service.app.get(OrdersService);
  const keyOf = (orderId: string) => ({ source: 'payments', id: `m-${orderId}` });

  it('confirms the order once, and says so once', async () => {
    const { orderId } = await orders.placeOrder(place());
    await Promise.all([use().confirm(orderId, keyOf(orderId)), use().confirm(orderId, keyOf(orderId))]);
    expect(await orders.getOrder({ orderId })).toMatchObject({ status: 'CONFIRMED' });
    const said = (await database.select().from(outbox)).filter(
      ({ type, key }) => key === orderId && type.endsWith('OrderConfirmed'),
    );
    expect(said).toHaveLength(1);
  });

  it('cancels it with the reason, and has nothing refunded', async () => {
    const { orderId } = await orders.placeOrder(place());
    await use().decline(orderId, 'over the limit', keyOf(orderId));
    expect(await messagesOf(orderId)).toEqual(['OrderPlaced', 'ChargePayment', 'OrderCancelled']);
    expect(await orders.getOrder({ orderId })).toMatchObject({ status: 'CANCELLED', cancelReason: 'over the limit' });
  });

  it('streams the order until its final state', async () => {
    const { orderId } = await orders.placeOrder(place());
    const confirm = tap<Order>(() => void use().confirm(orderId, keyOf(orderId)));
    const seen = await lastValueFrom(orders.watchOrder({ orderId }).pipe(confirm, toArray()));
    expect(seen.map(({ status }) => status)).toEqual(['PENDING', 'CONFIRMED']);
  });

  it('asks the database once per change, however many watch', async () => {
    const { orderId } = await orders.placeOrder(place());
    const find = vi.spyOn(service.app.get(OrdersRepository), 'find');
    onTestFinished(() => find.mockRestore());
    const [first, ...others] = Array.from({ length: 500 }, () => orders.watchOrder({ orderId }));
    let begun = 0;
    const watched = others.map((stream) =>
      lastValueFrom(
        stream.pipe(
          tap(() => begun++),
          toArray(),
        ),
      ),
    );
    watched.push(lastValueFrom(first!.pipe(toArray())));
    await vi.waitFor(() => expect(begun).toBe(499), { timeout: 10_000 });
    await use().confirm(orderId, keyOf(orderId));
    for (const seen of await Promise.all(watched))
      expect(seen.map(({ status }) => status)).toEqual(['PENDING', 'CONFIRMED']);
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('streams nothing of an unknown order but its error', async () => {
    const error = await firstValueFrom(orders.watchOrder({ orderId: 'none' })).catch((thrown: unknown) => thrown);
    expect(orderNotFound.matches(error)).toBe(true);
  });
});

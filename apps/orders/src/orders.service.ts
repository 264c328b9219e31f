import { Injectable } from '@nestjs/common';
import type { ListOrdersResponse, Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import {
  type CancelOrderDto,
  type ListOrdersDto,
  orderCancelled,
  orderConfirmed,
  orderPlaced,
  OrdersContract,
  type PlaceOrderDto,
} from '@fourfold/contracts/orders';
import { orderChanged, orderNotFound } from '@fourfold/contracts/orders.errors';
import { PaymentsContract } from '@fourfold/contracts/payments';
import { IdempotentRequests } from '@fourfold/messaging/idempotent-requests';
import { Inbox } from '@fourfold/messaging/inbox';
import { Outbox } from '@fourfold/messaging/outbox';
import { Database, type Transaction } from '@fourfold/service/database';
import { pageOf } from '@fourfold/service/page';
import { sharedStream } from '@fourfold/service/shared-stream';
import type { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { concatMap, distinctUntilChanged, type Observable, startWith, takeUntil, takeWhile, timer } from 'rxjs';
import { v7 as uuidv7 } from 'uuid';
import { InventoryClient } from './inventory.client.ts';
import { cancelled, confirmed, declined, isDecided, placed } from './order.ts';
import { OrderChanges } from './order-changes.ts';
import { OrdersRepository } from './orders.repository.ts';

/** The longest that a watcher is kept, in milliseconds. */
const LONGEST_WATCH = 5 * 60_000;

/** What can be done with orders. State and outgoing messages change in one transaction. */
@Injectable()
export class OrdersService {
  /** By order id. All who watch an order share one read per change. */
  private readonly watched = sharedStream((orderId) =>
    this.changes.of(orderId).pipe(
      startWith(orderId),
      concatMap(() => this.get(orderId)),
      distinctUntilChanged((before, after) => before.version === after.version),
      takeWhile((order) => !isDecided(order), true),
    ),
  );

  constructor(
    private readonly database: Database,
    private readonly orders: OrdersRepository,
    private readonly changes: OrderChanges,
    private readonly inventory: InventoryClient,
    private readonly outbox: Outbox<Transaction>,
    private readonly inbox: Inbox<Transaction>,
    private readonly requests: IdempotentRequests,
  ) {}

  /** Reserves the stock, stores the order and has it charged. A customer's same `idempotencyKey` is the same order. */
  async place(request: PlaceOrderDto, idempotencyKey?: IdempotencyKey): Promise<Order> {
    const orderId = idempotencyKey ? await this.claim(request, idempotencyKey) : uuidv7();
    const known = idempotencyKey && (await this.orders.find(orderId));
    if (known) return known;
    const { customerId, lines } = request;
    const reservation = await this.inventory.reserveStock({ orderId, lines });
    const order = placed(orderId, customerId, reservation, new Date());
    const isNew = await this.database.transaction(async (transaction) => {
      if (!(await this.orders.insert(transaction, order))) return false;
      const { total, placedAt } = order;
      await this.outbox.add(transaction, orderPlaced, { orderId, customerId, total, placedAt });
      await this.outbox.add(transaction, PaymentsContract.chargePayment, { orderId, customerId, amount: total });
      return true;
    });
    // the same request came twice at once, with one reservation: the first order stands
    return isNew ? order : this.get(orderId);
  }

  async get(orderId: string): Promise<Order> {
    const order = await this.orders.find(orderId);
    if (!order) throw orderNotFound({ orderId });
    return order;
  }

  /** The orders of a customer, oldest first, page by page. */
  async list({ customerId, ...page }: ListOrdersDto): Promise<ListOrdersResponse> {
    const { items: orders, nextPageToken } = await pageOf(
      page,
      ({ orderId }: Order) => orderId,
      (orderId, limit) => this.orders.findAfter(customerId, orderId, limit),
    );
    return { orders, nextPageToken };
  }

  /** The order now and after each change, until it is confirmed or cancelled. */
  watch(orderId: string): Observable<Order> {
    return this.watched(orderId).pipe(takeUntil(timer(LONGEST_WATCH)));
  }

  /** The payment settled. `idempotencyKey` makes it happen once. */
  confirm(orderId: string, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.change(orderId, idempotencyKey, confirmed, (transaction, { customerId }) =>
      this.outbox.add(transaction, orderConfirmed, { orderId, customerId }),
    );
  }

  /**
   * Cancels an order and has its payment refunded: docs/processes.md. One that is cancelled already is answered as it is, also
   * if another version is expected: whoever did not get the answer asks again with the version from before.
   */
  cancel({ orderId, reason, expectedVersion }: CancelOrderDto): Promise<Order> {
    return this.database.transaction(async (transaction) => {
      const order = await this.orders.lock(transaction, orderId);
      if (!order) throw orderNotFound({ orderId });
      const { customerId, version, total } = order;
      const changed = cancelled(order, reason);
      if (!changed) return order;
      if (version !== (expectedVersion ?? version)) throw orderChanged({ orderId, version });
      await this.orders.update(transaction, changed);
      await this.outbox.add(transaction, orderCancelled, { orderId, customerId, reason });
      await this.outbox.add(transaction, PaymentsContract.refundPayment, { orderId, customerId, amount: total });
      return changed;
    });
  }

  /** The payment was declined. `idempotencyKey` makes it happen once. */
  decline(orderId: string, reason: string, idempotencyKey: IdempotencyKey): Promise<void> {
    const change = (order: Order) => declined(order, reason);
    return this.change(orderId, idempotencyKey, change, (transaction, { customerId }) =>
      this.outbox.add(transaction, orderCancelled, { orderId, customerId, reason }),
    );
  }

  /** The id of the request's order, claimed before its stock is reserved: repetitions share the reservation. */
  private claim(request: PlaceOrderDto, idempotencyKey: IdempotencyKey): Promise<string> {
    const key = { ...idempotencyKey, caller: request.customerId };
    return this.requests.claim(OrdersContract.placeOrder, request, key, uuidv7());
  }

  private change(
    orderId: string,
    idempotencyKey: IdempotencyKey,
    change: (order: Order) => Order | undefined,
    announce: (transaction: Transaction, order: Order) => Promise<void>,
  ): Promise<void> {
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, async () => {
        const order = await this.orders.lock(transaction, orderId);
        if (!order) throw orderNotFound({ orderId });
        const changed = change(order);
        if (!changed) return;
        await this.orders.update(transaction, changed);
        await announce(transaction, changed);
      }),
    );
  }
}

/** For the specs: the real gateway before services that speak real gRPC and do what the input tells them. */
import { Module } from '@nestjs/common';
import type { ListOrdersResponse, Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import type { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import type { ListProductsResponse, Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import type {
  ListNotificationsResponse,
  Notification,
} from '@fourfold/contracts/gen/shop/notifications/v1/notifications';
import { GetProductDto, InventoryContract, ListProductsDto } from '@fourfold/contracts/inventory';
import { outOfStock, productNotFound, unknownProduct } from '@fourfold/contracts/inventory.errors';
import { GetNotificationDto, ListNotificationsDto, NotificationsContract } from '@fourfold/contracts/notifications';
import { notificationNotFound } from '@fourfold/contracts/notifications.errors';
import {
  CancelOrderDto,
  GetOrderDto,
  ListOrdersDto,
  OrdersContract,
  PlaceOrderDto,
  WatchOrderDto,
} from '@fourfold/contracts/orders';
import { orderChanged, orderNotFound } from '@fourfold/contracts/orders.errors';
import { GetPaymentDto, PaymentsContract } from '@fourfold/contracts/payments';
import { paymentNotFound } from '@fourfold/contracts/payments.errors';
import { createService, type RunningService } from '@fourfold/service/start';
import { startApp, startStandIn } from '@fourfold/testing/service-for-tests';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { BehaviorSubject, finalize, NEVER, type Observable, Subject, takeWhile, throwError } from 'rxjs';
import { GatewayModule } from './gateway.module.ts';

const price = { currencyCode: 'EUR', minorUnits: 1250 };
export const products: Product[] = ['p-1', 'p-2', 'p-3'].map((productId) => ({
  productId,
  name: `Product ${productId}`,
  description: '',
  price,
  stock: 3,
}));
const productOf = (productId: string) => products.find((product) => product.productId === productId);

const { placeOrder, getOrder, listOrders, watchOrder, cancelOrder } = OrdersContract;
/** Orders stay pending until `change`. The customer `slow` gets no answer, the order `silent` no event. */
@Implements({ placeOrder, getOrder, listOrders, watchOrder, cancelOrder })
export class FakeOrders {
  private readonly orders = new Map<string, BehaviorSubject<Order>>();
  /** Emits the id of an order when someone stops watching it. */
  readonly unwatched = new Subject<string>();
  readonly watched = new Subject<string>();
  /** Called once, before the next cancellation. */
  beforeCancel?: (orderId: string) => void;

  async placeOrder(
    @Input() { customerId, lines }: PlaceOrderDto,
    @IdempotencyKey() key?: IdempotencyKey,
  ): Promise<Order> {
    if (customerId === 'slow') await new Promise<never>(() => {});
    for (const [index, { productId, quantity }] of lines.entries()) {
      const product = productOf(productId);
      if (!product) throw unknownProduct({ index, productId });
      if (quantity > product.stock) throw outOfStock({ productId, requested: quantity, available: product.stock });
    }
    const orderId = key?.id ?? `o-${this.orders.size + 1}`;
    const order: Order = {
      orderId,
      customerId,
      status: 'PENDING',
      lines: lines.map((line) => ({ ...line, name: productOf(line.productId)!.name, unitPrice: price })),
      total: price,
      placedAt: new Date(0),
      version: 1,
    };
    this.orders.set(orderId, new BehaviorSubject(order));
    return order;
  }

  getOrder(@Input() { orderId }: GetOrderDto): Order {
    const order = this.orders.get(orderId);
    if (!order) throw orderNotFound({ orderId });
    return order.value;
  }

  watchOrder(@Input() { orderId }: WatchOrderDto): Observable<Order> {
    const order: Observable<Order> | undefined = orderId === 'silent' ? NEVER : this.orders.get(orderId);
    this.watched.next(orderId);
    if (!order) return throwError(() => orderNotFound({ orderId }));
    return order.pipe(
      takeWhile(({ status }) => status === 'PENDING', true),
      finalize(() => this.unwatched.next(orderId)),
    );
  }

  /** A page token is how many orders were listed before. */
  listOrders(@Input() { customerId, pageSize, pageToken }: ListOrdersDto): ListOrdersResponse {
    const all = [...this.orders.values()].map(({ value }) => value).filter((order) => order.customerId === customerId);
    const from = Number(pageToken);
    const to = from + (pageSize || 50);
    return { orders: all.slice(from, to), nextPageToken: to < all.length ? String(to) : '' };
  }

  cancelOrder(@Input() { orderId, reason, expectedVersion }: CancelOrderDto): Order {
    this.beforeCancel?.(orderId);
    this.beforeCancel = undefined;
    const order = this.getOrder({ orderId });
    if (order.status === 'CANCELLED') return order;
    if (expectedVersion !== order.version) throw orderChanged(order);
    return this.change(orderId, { status: 'CANCELLED', cancelReason: reason });
  }

  change(orderId: string, change: Partial<Order>): Order {
    const order = this.orders.get(orderId)!;
    order.next({ ...order.value, ...change, version: order.value.version + 1 });
    return order.value;
  }
}

const { getProduct, listProducts } = InventoryContract;
@Implements({ getProduct, listProducts })
class FakeInventory {
  getProduct(@Input() { productId }: GetProductDto): Product {
    const product = productOf(productId);
    if (!product) throw productNotFound({ productId });
    return product;
  }

  /** A page token is the index of a product. */
  listProducts(@Input() { pageSize, pageToken }: ListProductsDto): ListProductsResponse {
    const from = Number(pageToken);
    const to = from + (pageSize || 50);
    return { products: products.slice(from, to), nextPageToken: to < products.length ? String(to) : '' };
  }
}

const { getPayment } = PaymentsContract;
/** Every order is paid, except `o-unpaid`. */
@Implements({ getPayment })
class FakePayments {
  getPayment(@Input() { orderId }: GetPaymentDto): Payment {
    if (orderId === 'o-unpaid') throw paymentNotFound({ orderId });
    return { paymentId: 'pay-1', orderId, status: 'SETTLED', amount: price, decidedAt: new Date(0) };
  }
}

const { getNotification, listNotifications } = NotificationsContract;
const notificationFor = (customerId: string): Notification => ({
  notificationId: 'n-1',
  customerId,
  orderId: 'o-1',
  text: 'Thank you for your order.',
  sentAt: new Date(0),
});
/** Every customer has the same notification, on the first of two pages. */
@Implements({ getNotification, listNotifications })
class FakeNotifications {
  getNotification(@Input() { notificationId }: GetNotificationDto): Notification {
    if (notificationId !== 'n-1') throw notificationNotFound({ notificationId });
    return notificationFor('c-1');
  }

  listNotifications(@Input() { customerId, pageToken }: ListNotificationsDto): ListNotificationsResponse {
    if (pageToken) return { notifications: [], nextPageToken: '' };
    return { notifications: [notificationFor(customerId)], nextPageToken: 'next' };
  }
}

@Module({ controllers: [FakeOrders, FakeInventory, FakePayments, FakeNotifications] })
class FakeShop {}

/** A gateway whose services are at `grpcUrl`. */
export const startGateway = (grpcUrl: string, own: Record<string, string> = {}): Promise<RunningService> => {
  const environment = {
    ...own,
    ORDERS_GRPC_URL: grpcUrl,
    INVENTORY_GRPC_URL: grpcUrl,
    PAYMENTS_GRPC_URL: grpcUrl,
    NOTIFICATIONS_GRPC_URL: grpcUrl,
  };
  return startApp(createService, { name: 'gateway', module: GatewayModule, environment });
};

export interface Shop {
  /** Of the gateway, without a path. */
  url: string;
  orders: FakeOrders;
  stop(): Promise<void>;
}

export const startShop = async (environment: Record<string, string> = {}): Promise<Shop> => {
  const services = await startStandIn(createService, FakeShop);
  const gateway = await startGateway(services.addressOf('grpc')!, environment);
  return {
    url: gateway.url,
    orders: services.app.get(FakeOrders),
    async stop() {
      await gateway.stop();
      await services.stop();
    },
  };
};

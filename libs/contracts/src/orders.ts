import {
  ArrayMaxSize,
  ArrayMinSize,
  IsDefined,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { contract } from './define/contract.ts';
import { event } from './define/event.ts';
import { Id, Line, MoneyDto, Nested, NestedList, PageSize, PageToken, Timestamp } from './define/fields.ts';
import { OrderCancelled, OrderConfirmed, OrderPlaced } from './gen/shop/orders/v1/events.ts';
import { OrdersServiceDefinition } from './gen/shop/orders/v1/orders.ts';

export class RequestedLineDto {
  @Id() productId = '';
  @IsInt() @Min(1) @Max(1000) quantity = 0;
}
export class PlaceOrderDto {
  @Id() customerId = '';
  @NestedList(() => RequestedLineDto) @ArrayMinSize(1) @ArrayMaxSize(100) lines: RequestedLineDto[] = [];
}
export class GetOrderDto {
  @Id() orderId = '';
}
export class ListOrdersDto {
  @Id() customerId = '';
  @PageSize() pageSize = 0;
  @PageToken() pageToken = '';
}
export class WatchOrderDto {
  @Id() orderId = '';
}
export class CancelOrderDto {
  @Id() orderId = '';
  @Line() reason = '';
  @IsOptional() @IsInt() @Min(1) @Max(2 ** 31 - 1) expectedVersion?: number;
}

export const OrdersContract = contract(OrdersServiceDefinition, {
  placeOrder: {
    input: PlaceOrderDto,
    http: 'POST /orders',
    rabbitmq: { queue: 'orders.place-order' },
    kafka: { topic: 'shop.orders.v1.in' },
  },
  getOrder: { input: GetOrderDto, idempotent: true, http: 'GET /orders/:orderId' },
  listOrders: { input: ListOrdersDto, idempotent: true, http: 'GET /orders' },
  watchOrder: { input: WatchOrderDto, http: 'GET /orders/:orderId/events' },
  cancelOrder: { input: CancelOrderDto, idempotent: true, http: 'PUT /orders/:orderId/cancellation' },
});

export class OrderPlacedDto {
  @Id() orderId = '';
  @Id() customerId = '';
  @IsDefined() @Nested(() => MoneyDto) total!: MoneyDto;
  @IsDefined() @Timestamp() placedAt!: Date;
}
export class OrderConfirmedDto {
  @Id() orderId = '';
  @Id() customerId = '';
}
export class OrderCancelledDto {
  @Id() orderId = '';
  @Id() customerId = '';
  @IsString() @MaxLength(200) reason = '';
}

const topic = 'shop.orders.v1';
export const orderPlaced = event('shop.orders.v1.OrderPlaced', OrderPlaced, {
  input: OrderPlacedDto,
  topic,
  key: 'orderId',
});
export const orderConfirmed = event('shop.orders.v1.OrderConfirmed', OrderConfirmed, {
  input: OrderConfirmedDto,
  topic,
  key: 'orderId',
});
export const orderCancelled = event('shop.orders.v1.OrderCancelled', OrderCancelled, {
  input: OrderCancelledDto,
  topic,
  key: 'orderId',
});

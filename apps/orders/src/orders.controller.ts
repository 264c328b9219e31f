import type { ListOrdersResponse, Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import {
  CancelOrderDto,
  GetOrderDto,
  ListOrdersDto,
  OrdersContract,
  PlaceOrderDto,
  WatchOrderDto,
} from '@fourfold/contracts/orders';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import type { Observable } from 'rxjs';
import { OrdersService } from './orders.service.ts';

/** The operations of orders, over every transport of their contract. */
@Implements(OrdersContract)
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  placeOrder(@Input() order: PlaceOrderDto, @IdempotencyKey() idempotencyKey?: IdempotencyKey): Promise<Order> {
    return this.orders.place(order, idempotencyKey);
  }

  getOrder(@Input() { orderId }: GetOrderDto): Promise<Order> {
    return this.orders.get(orderId);
  }

  listOrders(@Input() page: ListOrdersDto): Promise<ListOrdersResponse> {
    return this.orders.list(page);
  }

  watchOrder(@Input() { orderId }: WatchOrderDto): Observable<Order> {
    return this.orders.watch(orderId);
  }

  cancelOrder(@Input() cancellation: CancelOrderDto): Promise<Order> {
    return this.orders.cancel(cancellation);
  }
}

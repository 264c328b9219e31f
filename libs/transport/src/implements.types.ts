/** Type tests: each `@ts-expect-error` is a mistake that must not compile. */
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import {
  GetOrderDto,
  orderPlaced,
  OrderPlacedDto,
  OrdersContract,
  PlaceOrderDto,
  WatchOrderDto,
} from '@fourfold/contracts/orders';
import { ChargePaymentDto, PaymentsContract } from '@fourfold/contracts/payments';
import type { Observable } from 'rxjs';
import { clientOf } from './client.ts';
import { Implements } from './implements.ts';
import { On } from './on.ts';

declare const order: Order;
declare const stream: Observable<Order>;

export class Whole {
  placeOrder(_: PlaceOrderDto): Order {
    return order;
  }
  async getOrder(_: GetOrderDto): Promise<Order> {
    return order;
  }
  watchOrder(_: WatchOrderDto): Observable<Order> {
    return stream;
  }
}
Implements(OrdersContract)(Whole);

class WithoutHandler {
  placeOrder = (_: PlaceOrderDto): Order => order;
  getOrder = (_: GetOrderDto): Order => order;
}
// @ts-expect-error an operation without a handler
Implements(OrdersContract)(WithoutHandler);

class WrongReply extends WithoutHandler {
  watchOrder = (_: WatchOrderDto): Order => order;
}
// @ts-expect-error a stream that answers once
Implements(OrdersContract)(WrongReply);

class WrongInput {
  placeOrder = (_: { customerId: number }): Order => order;
  getOrder = (_: GetOrderDto): Order => order;
  watchOrder = (_: WatchOrderDto): Observable<Order> => stream;
}
// @ts-expect-error a handler that wants another input
Implements(OrdersContract)(WrongInput);

class AnswersCommand {
  chargePayment = (_: ChargePaymentDto): number => 1;
  getPayment = async (): Promise<never> => undefined as never;
}
// @ts-expect-error a command that answers
Implements(PaymentsContract)(AnswersCommand);

export class Subscriber {
  @On(orderPlaced)
  fits(_: OrderPlacedDto): void {}

  // @ts-expect-error another event's input
  @On(orderPlaced)
  doesNotFit(_: ChargePaymentDto): void {}
}

abstract class OrdersClient extends clientOf(OrdersContract) {}
abstract class PaymentsClient extends clientOf(PaymentsContract) {}

export const uses = async (orders: OrdersClient, payments: PaymentsClient): Promise<void> => {
  const answered: Order = await orders.getOrder({ orderId: 'o' });
  const watched: Observable<Order> = orders.watchOrder({ orderId: answered.orderId });
  // @ts-expect-error a field that the message does not have
  await orders.getOrder({ id: 'o' });
  // @ts-expect-error an operation that the service does not have
  await orders.dropOrder({ orderId: 'o' });
  // @ts-expect-error a command answers nothing
  const answer: Order = await payments.chargePayment({ orderId: 'o', customerId: 'c', amount: undefined });
  void [watched, answer];
};

/** Type tests: each `@ts-expect-error` is a mistake that must not compile. */
import { IsInt, IsString } from 'class-validator';
import { contract } from './contract.ts';
import { event } from './event.ts';
import { Id, NestedList } from './fields.ts';
import { OrderConfirmed } from './gen/shop/orders/v1/events.ts';
import { OrdersServiceDefinition } from './gen/shop/orders/v1/orders.ts';
import { PaymentsServiceDefinition } from './gen/shop/payments/v1/payments.ts';
import { GetOrderDto, OrderConfirmedDto, PlaceOrderDto, WatchOrderDto } from './orders.ts';
import { ChargePaymentDto, GetPaymentDto } from './payments.ts';

const rest = { getOrder: { input: GetOrderDto }, watchOrder: { input: WatchOrderDto } };
const getPayment = { input: GetPaymentDto };

class WithExtraField extends PlaceOrderDto {
  @IsString() extra?: string = '';
}
class WithoutLines {
  @Id() customerId = '';
}
class LineWithExtraField {
  @Id() productId = '';
  @IsInt() quantity = 0;
  @IsString() note?: string = '';
}
class WithNestedExtraField {
  @Id() customerId = '';
  @NestedList(() => LineWithExtraField) lines: LineWithExtraField[] = [];
}
class IdAsNumber {
  @IsInt() orderId = 0;
}

contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: PlaceOrderDto } });
// @ts-expect-error a field that the message does not have
contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: WithExtraField } });
// @ts-expect-error a field that the DTO lacks
contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: WithoutLines } });
// @ts-expect-error an optional field, one level down, that the message does not have
contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: WithNestedExtraField } });
// @ts-expect-error a field of another type
contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: PlaceOrderDto }, getOrder: { input: IdAsNumber } });
// @ts-expect-error a method that is not bound
contract(OrdersServiceDefinition, { placeOrder: { input: PlaceOrderDto }, getOrder: { input: GetOrderDto } });
// @ts-expect-error a binding for a method that the service does not have
contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: PlaceOrderDto }, dropOrder: { input: GetOrderDto } });
// @ts-expect-error a path parameter that is no field
contract(OrdersServiceDefinition, { ...rest, placeOrder: { input: PlaceOrderDto, http: 'POST /orders/:id' } });
contract(PaymentsServiceDefinition, {
  getPayment,
  // @ts-expect-error a command that is also a route
  chargePayment: { input: ChargePaymentDto, http: 'POST /charges', rabbitmq: { queue: 'q', mode: 'command' } },
});

event('t', OrderConfirmed, { input: OrderConfirmedDto, topic: 't', key: 'orderId' });
// @ts-expect-error a key that is no field
event('t', OrderConfirmed, { input: OrderConfirmedDto, topic: 't', key: 'nope' });
// @ts-expect-error a DTO that does not fit the event
event('t', OrderConfirmed, { input: GetOrderDto, topic: 't', key: 'orderId' });

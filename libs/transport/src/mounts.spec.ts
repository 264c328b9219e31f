import { type CanActivate, Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import {
  GetOrderDto,
  orderPlaced,
  OrderPlacedDto,
  OrdersContract,
  PlaceOrderDto,
  WatchOrderDto,
} from '@fourfold/contracts/orders';
import { of } from 'rxjs';
import { expect, it } from 'vitest';
import { Implements } from './implements.ts';
import { Input } from './input.ts';
import { contractsOf, describeMounts } from './mounts.ts';
import { On } from './on.ts';

class BuyersGuard implements CanActivate {
  canActivate = () => true;
}
const order: Order = { orderId: '', customerId: '', status: 'PENDING', lines: [] };

@Implements(OrdersContract)
class OrdersController {
  @UseGuards(BuyersGuard)
  placeOrder(@Input() _: PlaceOrderDto) {
    return order;
  }
  getOrder(@Input() _: GetOrderDto) {
    return order;
  }
  watchOrder(@Input() _: WatchOrderDto) {
    return of(order);
  }
}
@Controller('v1')
class OtherController {
  @On(orderPlaced)
  orderPlaced(@Input() _: OrderPlacedDto) {}
  @Get('plain/:id')
  plain() {}
}
@Module({ controllers: [OrdersController, OtherController] })
class AppModule {}

it('says what is mounted where, with its guards', async () => {
  const app = await NestFactory.create(AppModule, { logger: false });
  const type = 'shop.orders.v1.OrdersService';
  expect(describeMounts(app).sort()).toEqual([
    `grpc ${type}/GetOrder -> OrdersController.getOrder`,
    `grpc ${type}/PlaceOrder -> OrdersController.placeOrder [BuyersGuard]`,
    `grpc ${type}/WatchOrder -> OrdersController.watchOrder`,
    'http GET /orders/:orderId -> OrdersController.getOrder',
    'http GET /orders/:orderId/events -> OrdersController.watchOrder',
    'http GET /v1/plain/:id -> OtherController.plain',
    'http POST /orders -> OrdersController.placeOrder [BuyersGuard]',
    'kafka shop.orders.v1 (shop.orders.v1.OrderPlaced) -> OtherController.orderPlaced',
    `kafka shop.orders.v1.in (${type}/PlaceOrder) -> OrdersController.placeOrder [BuyersGuard]`,
    `rabbitmq orders.place-order (${type}/PlaceOrder) -> OrdersController.placeOrder [BuyersGuard]`,
  ]);
  expect(contractsOf(app)).toEqual([OrdersContract]);
  await app.close();
});

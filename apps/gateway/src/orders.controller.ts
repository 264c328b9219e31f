import { Controller, Get, Post, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { GetOrderDto, PlaceOrderDto, WatchOrderDto } from '@fourfold/contracts/orders';
import { sharedStream } from '@fourfold/service/shared-stream';
import { Produces } from '@fourfold/transport/produces';
import { sse } from '@fourfold/transport/sse';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { linkTo, uriOf } from './links.ts';
import { OrdersClient } from './orders.client.ts';

/** `/v1/orders`. */
@Controller('v1/orders')
export class OrdersController {
  /** All who watch an order here share one stream of the orders service. */
  private readonly watched = sharedStream((orderId) => this.orders.watchOrder({ orderId }));

  constructor(
    private readonly orders: OrdersClient,
    private readonly host: HttpAdapterHost,
  ) {}

  /** The same `Idempotency-Key` is the same order. */
  @Post()
  async placeOrder(
    @Input(PlaceOrderDto) input: PlaceOrderDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey | undefined,
    @Res({ passthrough: true }) response: unknown,
  ) {
    const order = await this.orders.placeOrder(input, { idempotencyKey: idempotencyKey?.id });
    this.host.httpAdapter.setHeader(response, 'location', uriOf('order', { orderId: order.orderId }));
    return withLinks(order);
  }

  @Get(':orderId')
  async getOrder(@Input(GetOrderDto) input: GetOrderDto) {
    return withLinks(await this.orders.getOrder(input));
  }

  /** The order now and after each change, until its final state: each event as `GET` would answer. */
  @Get(':orderId/events')
  @Produces('text/event-stream')
  watchOrder(@Input(WatchOrderDto) input: WatchOrderDto) {
    return sse(this.watched(input.orderId), withLinks);
  }
}

const withLinks = (order: Order) => {
  const { orderId, customerId } = order;
  return {
    ...order,
    links: {
      self: linkTo('order', { orderId }),
      events: linkTo('orderEvents', { orderId }),
      notifications: linkTo('notifications', { customerId }),
      products: linkTo('products'),
    },
  };
};

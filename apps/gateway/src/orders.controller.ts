import { Controller, Get, Post, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GetOrderDto, ListOrdersDto, PlaceOrderDto, WatchOrderDto } from '@fourfold/contracts/orders';
import { sharedStream } from '@fourfold/service/shared-stream';
import { Produces } from '@fourfold/transport/produces';
import { sse } from '@fourfold/transport/sse';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { linkTo, uriOf } from './links.ts';
import { etagOf, orderWithLinks } from './order.representation.ts';
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
    this.host.httpAdapter.setHeader(response, 'etag', etagOf(order));
    return orderWithLinks(order);
  }

  /** The orders of a customer, oldest first. */
  @Get()
  async listOrders(@Input(ListOrdersDto) input: ListOrdersDto) {
    const { orders, nextPageToken } = await this.orders.listOrders(input);
    return {
      orders: orders.map(orderWithLinks),
      nextPageToken,
      links: {
        self: linkTo('orders', { ...input }),
        ...(nextPageToken && { next: linkTo('orders', { ...input, pageToken: nextPageToken }) }),
      },
    };
  }

  @Get(':orderId')
  async getOrder(@Input(GetOrderDto) input: GetOrderDto, @IfNoneMatch() cached: IfNoneMatch) {
    const order = await this.orders.getOrder(input);
    return cached.answer(etagOf(order), () => orderWithLinks(order));
  }

  /** The order now and after each change, until it is confirmed or cancelled: each event as `GET` would answer. */
  @Get(':orderId/events')
  @Produces('text/event-stream')
  watchOrder(@Input(WatchOrderDto) input: WatchOrderDto) {
    return sse(this.watched(input.orderId), orderWithLinks);
  }
}

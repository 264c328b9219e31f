import { Controller, Get, Header, Post, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GetOrderDto, ListOrdersDto, PlaceOrderDto, WatchOrderDto } from '@fourfold/contracts/orders';
import { sharedStream } from '@fourfold/service/shared-stream';
import { Produces } from '@fourfold/transport/produces';
import { sse } from '@fourfold/transport/sse';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { answerPage, HAL, type HttpResponse } from './hal.ts';
import { uriOf } from './links.ts';
import { etagOf, orderDocument, orderWithLinks } from './order.representation.ts';
import { OrdersClient } from './orders.client.ts';
import { routeOf } from './uris.ts';

/** Orders. */
@Controller()
export class OrdersController {
  /** All who watch an order here share one stream of the orders service. */
  private readonly watched = sharedStream((orderId) => this.orders.watchOrder({ orderId }));

  constructor(
    private readonly orders: OrdersClient,
    private readonly host: HttpAdapterHost,
  ) {}

  /** The same `Idempotency-Key` is the same order. */
  @Post(routeOf('orders'))
  @Produces(...HAL)
  @Header('cache-control', 'no-store')
  async placeOrder(
    @Input(PlaceOrderDto) input: PlaceOrderDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey | undefined,
    @Res({ passthrough: true }) response: unknown,
  ) {
    const order = await this.orders.placeOrder(input, { idempotencyKey: idempotencyKey?.id });
    this.host.httpAdapter.setHeader(response, 'location', uriOf('order', { orderId: order.orderId }));
    this.host.httpAdapter.setHeader(response, 'etag', etagOf(order));
    return orderDocument(order);
  }

  /** The orders of a customer, oldest first. */
  @Get(routeOf('orders'))
  @Produces(...HAL)
  @Header('cache-control', 'private, no-cache')
  async listOrders(
    @Input(ListOrdersDto) input: ListOrdersDto,
    @IfNoneMatch() cached: IfNoneMatch,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const { orders, nextPageToken } = await this.orders.listOrders(input);
    const items = orders.map(orderWithLinks);
    const page = answerPage(response, { place: 'orders', input, nextPageToken, relation: 'shop:orders', items });
    return cached.answerByDigest(page);
  }

  /** The customer's own client may keep it, and asks each time whether it has changed. */
  @Get(routeOf('order'))
  @Produces(...HAL)
  @Header('cache-control', 'private, no-cache')
  async getOrder(@Input(GetOrderDto) input: GetOrderDto, @IfNoneMatch() cached: IfNoneMatch) {
    const order = await this.orders.getOrder(input);
    return cached.answer(etagOf(order), () => orderDocument(order));
  }

  /** The order now and after each change, until it is confirmed or cancelled: each event as `GET` would answer. */
  @Get(routeOf('orderEvents'))
  @Produces('text/event-stream')
  watchOrder(@Input(WatchOrderDto) input: WatchOrderDto) {
    return sse(this.watched(input.orderId), orderDocument);
  }
}

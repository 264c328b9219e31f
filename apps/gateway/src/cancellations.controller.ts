import { Controller, Get, Header, Put, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Id, Line } from '@fourfold/contracts/fields';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { GetOrderDto } from '@fourfold/contracts/orders';
import { orderChanged } from '@fourfold/contracts/orders.errors';
import { Input } from '@fourfold/transport/input';
import { IfMatch, IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import { HAL } from './hal.ts';
import { uriOf } from './links.ts';
import { cancellationDocument, etagOf, isCancellable, orderDocument } from './order.representation.ts';
import { OrdersClient } from './orders.client.ts';
import { routeOf } from './uris.ts';

class CancellationDto {
  @Id() orderId = '';
  @Line() reason = '';
}

/**
 * The cancellation of an order: whether it is cancelled. Every order has one, with the ETag of the order:
 * If-Match compares with the resource that is changed (RFC 9110, section 13.1.1), and a client need only know the order.
 */
@Controller()
export class CancellationsController {
  constructor(
    private readonly orders: OrdersClient,
    private readonly host: HttpAdapterHost,
  ) {}

  @Get(routeOf('cancellation'))
  @Produces(...HAL)
  @Header('cache-control', 'private, no-cache')
  async getCancellation(@Input(GetOrderDto) input: GetOrderDto, @IfNoneMatch() cached: IfNoneMatch) {
    const order = await this.orders.getOrder(input);
    return cached.answer(etagOf(order), () => cancellationDocument(order));
  }

  /** Answers with the order. Without an ETag: it would say that what was sent is what is stored (RFC 9110, section 9.3.4). */
  @Put(routeOf('cancellation'))
  @Produces(...HAL)
  @Header('cache-control', 'no-store')
  async cancelOrder(
    @Input(CancellationDto) cancellation: CancellationDto,
    @IfMatch() ifMatch: IfMatch,
    @Res({ passthrough: true }) response: unknown,
  ) {
    const order = await this.cancel(cancellation, ifMatch);
    this.host.httpAdapter.setHeader(response, 'content-location', uriOf('order', { orderId: order.orderId }));
    return orderDocument(order);
  }

  /** Of an order that is cancelled, whatever the version: the client may not have got the answer (RFC 9110, section 13.1.1). */
  private async cancel(cancellation: CancellationDto, ifMatch: IfMatch): Promise<Order> {
    const { orderId } = cancellation;
    const order = await this.orders.getOrder({ orderId });
    if (isCancellable(order) && !ifMatch.allows(etagOf(order))) throw orderChanged(order);
    try {
      return await this.orders.cancelOrder({ ...cancellation, expectedVersion: order.version });
    } catch (thrown) {
      if (!orderChanged.matches(thrown)) throw thrown;
      return this.cancel(cancellation, ifMatch); // changed meanwhile: its new version may be allowed, too
    }
  }
}

import { Controller, Get, Header } from '@nestjs/common';
import { GetPaymentDto } from '@fourfold/contracts/payments';
import { Input } from '@fourfold/transport/input';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import { documentOf, HAL } from './hal.ts';
import { linkTo } from './links.ts';
import { PaymentsClient } from './payments.client.ts';
import { routeOf } from './uris.ts';

/** The payment of an order: what became of its charge; 404 until that is decided. */
@Controller()
export class PaymentsController {
  constructor(private readonly payments: PaymentsClient) {}

  /** Nothing of a payment changes but by a decision: it was last modified at the latest one. */
  @Get(routeOf('payment'))
  @Produces(...HAL)
  @Header('cache-control', 'private, no-cache')
  async getPayment(@Input(GetPaymentDto) input: GetPaymentDto, @IfNoneMatch() cached: IfNoneMatch) {
    const payment = await this.payments.getPayment(input);
    const { orderId } = payment;
    const _links = { self: linkTo('payment', { orderId }), 'shop:order': linkTo('order', { orderId }) };
    return cached.answerByDigest(documentOf({ ...payment, _links }), payment.decidedAt);
  }
}

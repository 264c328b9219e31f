import { Controller, Get } from '@nestjs/common';
import { GetPaymentDto } from '@fourfold/contracts/payments';
import { Input } from '@fourfold/transport/input';
import { Produces } from '@fourfold/transport/produces';
import { documentOf, HAL } from './hal.ts';
import { linkTo } from './links.ts';
import { PaymentsClient } from './payments.client.ts';
import { routeOf } from './uris.ts';

/** The payment of an order: what became of its charge; 404 until that is decided. */
@Controller()
export class PaymentsController {
  constructor(private readonly payments: PaymentsClient) {}

  @Get(routeOf('payment'))
  @Produces(...HAL)
  async getPayment(@Input(GetPaymentDto) input: GetPaymentDto) {
    const payment = await this.payments.getPayment(input);
    const { orderId } = payment;
    const _links = { self: linkTo('payment', { orderId }), 'shop:order': linkTo('order', { orderId }) };
    return documentOf({ ...payment, _links });
  }
}

import { Controller, Get } from '@nestjs/common';
import { GetPaymentDto } from '@fourfold/contracts/payments';
import { Input } from '@fourfold/transport/input';
import { linkTo } from './links.ts';
import { PaymentsClient } from './payments.client.ts';

/** `/v1/orders/{orderId}/payment`: what became of the charge of an order; 404 until that is decided. */
@Controller('v1/orders/:orderId/payment')
export class PaymentsController {
  constructor(private readonly payments: PaymentsClient) {}

  @Get()
  async getPayment(@Input(GetPaymentDto) input: GetPaymentDto) {
    const payment = await this.payments.getPayment(input);
    const { orderId } = payment;
    return { ...payment, links: { self: linkTo('payment', { orderId }), order: linkTo('order', { orderId }) } };
  }
}

import { Controller, Get, Param, SetMetadata } from '@nestjs/common';
import { Ctx, EventPattern, GrpcMethod, Payload, RmqContext, Transport } from '@nestjs/microservices';
import type { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { ChargePaymentDto, GetPaymentDto, PaymentsContract } from '@fourfold/contracts/payments';
import { PaymentsService } from './payments.service.ts';
import { validated } from './validated.ts';

/** What the payments service does when told or asked. */
@Controller()
@SetMetadata('contract', PaymentsContract)
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  @EventPattern<string>('shop.payments.v1.PaymentsService/ChargePayment', Transport.RMQ, {
    queue: 'payments.charge-payment',
    mode: 'command',
  })
  takeCharge(@Payload(validated(ChargePaymentDto)) charge: ChargePaymentDto, @Ctx() context: RmqContext) {
    const { appId: source = '', messageId: id } = context.getMessage().properties;
    return this.chargePayment(charge, { source, id });
  }

  chargePayment(charge: ChargePaymentDto, idempotencyKey: { source: string; id: string }): Promise<void> {
    return this.payments.charge(charge, idempotencyKey);
  }

  @GrpcMethod('shop.payments.v1.PaymentsService', 'GetPayment')
  getPayment(@Payload(validated(GetPaymentDto)) { orderId }: GetPaymentDto): Promise<Payment> {
    return this.payments.get(orderId);
  }

  @Get('payments/:orderId')
  getPaymentOverHttp(@Param(validated(GetPaymentDto)) { orderId }: GetPaymentDto): Promise<Payment> {
    return this.payments.get(orderId);
  }
}

import { Controller, Get, Param, SetMetadata } from '@nestjs/common';
import { Ctx, EventPattern, GrpcMethod, Payload, RmqContext, Transport } from '@nestjs/microservices';
import type { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { ChargePaymentDto, GetPaymentDto, PaymentsContract, RefundPaymentDto } from '@fourfold/contracts/payments';
import { PaymentsService } from './payments.service.ts';
import { validated } from './validated.ts';

interface IdempotencyKey {
  source: string;
  id: string;
}

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
    return this.chargePayment(charge, keyOf(context));
  }

  chargePayment(charge: ChargePaymentDto, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.payments.charge(charge, idempotencyKey);
  }

  @EventPattern<string>('shop.payments.v1.PaymentsService/RefundPayment', Transport.RMQ, {
    queue: 'payments.refund-payment',
    mode: 'command',
  })
  takeRefund(@Payload(validated(RefundPaymentDto)) refund: RefundPaymentDto, @Ctx() context: RmqContext) {
    return this.refundPayment(refund, keyOf(context));
  }

  refundPayment(refund: RefundPaymentDto, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.payments.refund(refund, idempotencyKey);
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

const keyOf = (context: RmqContext): IdempotencyKey => {
  const { appId: source = '', messageId: id } = context.getMessage().properties;
  return { source, id };
};

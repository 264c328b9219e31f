import type { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { ChargePaymentDto, GetPaymentDto, PaymentsContract, RefundPaymentDto } from '@fourfold/contracts/payments';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { PaymentsService } from './payments.service.ts';

/** The operations of payments, over every transport of their contract. */
@Implements(PaymentsContract)
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  chargePayment(@Input() charge: ChargePaymentDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.payments.charge(charge, idempotencyKey);
  }

  refundPayment(@Input() refund: RefundPaymentDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.payments.refund(refund, idempotencyKey);
  }

  getPayment(@Input() { orderId }: GetPaymentDto): Promise<Payment> {
    return this.payments.get(orderId);
  }
}

import { Controller } from '@nestjs/common';
import { paymentDeclined, PaymentDeclinedDto, paymentSettled, PaymentSettledDto } from '@fourfold/contracts/payments';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { On } from '@fourfold/transport/on';
import { OrdersService } from './orders.service.ts';

/** The events that orders listens to. */
@Controller()
export class OrdersSubscriber {
  constructor(private readonly orders: OrdersService) {}

  @On(paymentSettled)
  paymentSettled(
    @Input() { orderId }: PaymentSettledDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey,
  ): Promise<void> {
    return this.orders.confirm(orderId, idempotencyKey);
  }

  @On(paymentDeclined)
  paymentDeclined(
    @Input() { orderId, reason }: PaymentDeclinedDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey,
  ): Promise<void> {
    return this.orders.decline(orderId, reason, idempotencyKey);
  }
}

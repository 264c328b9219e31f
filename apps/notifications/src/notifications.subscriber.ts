import { Controller } from '@nestjs/common';
import {
  orderCancelled,
  OrderCancelledDto,
  orderConfirmed,
  OrderConfirmedDto,
  orderPlaced,
  OrderPlacedDto,
} from '@fourfold/contracts/orders';
import {
  paymentDeclined,
  PaymentDeclinedDto,
  paymentRefunded,
  PaymentRefundedDto,
  paymentSettled,
  PaymentSettledDto,
} from '@fourfold/contracts/payments';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { On } from '@fourfold/transport/on';
import {
  aboutCancelled,
  aboutConfirmed,
  aboutDeclined,
  aboutPlaced,
  aboutRefunded,
  aboutSettled,
} from './notification.ts';
import { NotificationsService } from './notifications.service.ts';

/** The events that notifications listens to: everything that a customer is notified of. */
@Controller()
export class NotificationsSubscriber {
  constructor(private readonly notifications: NotificationsService) {}

  @On(orderPlaced)
  orderPlaced(@Input() order: OrderPlacedDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.notifications.tell(order, aboutPlaced(order), idempotencyKey);
  }

  @On(orderConfirmed)
  orderConfirmed(@Input() order: OrderConfirmedDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.notifications.tell(order, aboutConfirmed(order), idempotencyKey);
  }

  @On(orderCancelled)
  orderCancelled(@Input() order: OrderCancelledDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.notifications.tell(order, aboutCancelled(order), idempotencyKey);
  }

  @On(paymentSettled)
  paymentSettled(@Input() payment: PaymentSettledDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.notifications.tell(payment, aboutSettled(payment), idempotencyKey);
  }

  @On(paymentDeclined)
  paymentDeclined(
    @Input() payment: PaymentDeclinedDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey,
  ): Promise<void> {
    return this.notifications.tell(payment, aboutDeclined(payment), idempotencyKey);
  }

  @On(paymentRefunded)
  paymentRefunded(
    @Input() payment: PaymentRefundedDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey,
  ): Promise<void> {
    return this.notifications.tell(payment, aboutRefunded(payment), idempotencyKey);
  }
}

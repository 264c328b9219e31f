import { Controller } from '@nestjs/common';
import {
  orderCancelled,
  OrderCancelledDto,
  orderConfirmed,
  OrderConfirmedDto,
  orderPlaced,
  OrderPlacedDto,
} from '@fourfold/contracts/orders';
import { paymentDeclined, PaymentDeclinedDto, paymentSettled, PaymentSettledDto } from '@fourfold/contracts/payments';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { On } from '@fourfold/transport/on';
import { aboutCancelled, aboutConfirmed, aboutDeclined, aboutPlaced, aboutSettled } from './notification.ts';
import { NotificationsService } from './notifications.service.ts';

/** What the notifications service hears: everything that a customer is told. */
@Controller()
export class NotificationsSubscriber {
  constructor(private readonly notifications: NotificationsService) {}

  @On(orderPlaced)
  orderPlaced(@Input() order: OrderPlacedDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.notifications.tell(order, aboutPlaced(order), messageId);
  }

  @On(orderConfirmed)
  orderConfirmed(@Input() order: OrderConfirmedDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.notifications.tell(order, aboutConfirmed(order), messageId);
  }

  @On(orderCancelled)
  orderCancelled(@Input() order: OrderCancelledDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.notifications.tell(order, aboutCancelled(order), messageId);
  }

  @On(paymentSettled)
  paymentSettled(@Input() payment: PaymentSettledDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.notifications.tell(payment, aboutSettled(payment), messageId);
  }

  @On(paymentDeclined)
  paymentDeclined(@Input() payment: PaymentDeclinedDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.notifications.tell(payment, aboutDeclined(payment), messageId);
  }
}

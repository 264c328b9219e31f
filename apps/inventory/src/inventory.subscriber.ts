import { Controller } from '@nestjs/common';
import {
  orderCancelled,
  OrderCancelledDto,
  orderConfirmed,
  OrderConfirmedDto,
  orderPlaced,
  OrderPlacedDto,
} from '@fourfold/contracts/orders';
import { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { Input } from '@fourfold/transport/input';
import { On } from '@fourfold/transport/on';
import { ReservationsService } from './reservations/reservations.service.ts';

/** What the inventory service hears. */
@Controller()
export class InventorySubscriber {
  constructor(private readonly reservations: ReservationsService) {}

  @On(orderPlaced)
  orderPlaced(@Input() { orderId }: OrderPlacedDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.reservations.keep(orderId, messageId);
  }

  @On(orderConfirmed)
  orderConfirmed(@Input() { orderId }: OrderConfirmedDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.reservations.commit(orderId, messageId);
  }

  @On(orderCancelled)
  orderCancelled(@Input() { orderId }: OrderCancelledDto, @IdempotencyKey() messageId: string): Promise<void> {
    return this.reservations.release(orderId, messageId);
  }
}

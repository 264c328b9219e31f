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

/** The events that inventory listens to. */
@Controller()
export class InventorySubscriber {
  constructor(private readonly reservations: ReservationsService) {}

  @On(orderPlaced)
  orderPlaced(@Input() { orderId }: OrderPlacedDto, @IdempotencyKey() idempotencyKey: IdempotencyKey): Promise<void> {
    return this.reservations.keep(orderId, idempotencyKey);
  }

  @On(orderConfirmed)
  orderConfirmed(
    @Input() { orderId }: OrderConfirmedDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey,
  ): Promise<void> {
    return this.reservations.commit(orderId, idempotencyKey);
  }

  @On(orderCancelled)
  orderCancelled(
    @Input() { orderId }: OrderCancelledDto,
    @IdempotencyKey() idempotencyKey: IdempotencyKey,
  ): Promise<void> {
    return this.reservations.release(orderId, idempotencyKey);
  }
}

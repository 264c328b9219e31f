import { Injectable, Logger } from '@nestjs/common';
import type { Reservation } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import type { ReserveStockDto } from '@fourfold/contracts/inventory';
import { outOfStock } from '@fourfold/contracts/inventory.errors';
import { Inbox } from '@fourfold/messaging/inbox';
import { Database, type Transaction } from '@fourfold/service/database';
import type { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { InventoryConfig } from '../inventory.config.ts';
import { ProductsRepository } from '../products/products.repository.ts';
import {
  committed,
  expired,
  held,
  heldAgain,
  kept,
  released,
  stockChanges,
  type StoredReservation,
} from './reservation.ts';
import { reservationNotFound } from './reservations.errors.ts';
import { ReservationsRepository } from './reservations.repository.ts';

/**
 * What can be done with reservations. A reservation and the stock it takes change in one transaction, which locks the
 * reservation first and the products after it.
 */
@Injectable()
export class ReservationsService {
  private readonly logger = new Logger(ReservationsService.name);

  constructor(
    private readonly database: Database,
    private readonly reservations: ReservationsRepository,
    private readonly products: ProductsRepository,
    private readonly inbox: Inbox<Transaction>,
    private readonly config: InventoryConfig,
  ) {}

  /** Prices the lines and holds their stock for a while. Asked again for the same order: the same reservation. */
  async reserve({ orderId, lines }: ReserveStockDto): Promise<Reservation> {
    const known = await this.reservations.find(orderId);
    const expiresAt = new Date(Date.now() + this.config.RESERVATION_TTL_MS);
    if (known) return known.status === 'EXPIRED' ? this.reserveAgain(orderId, expiresAt) : known;
    const reservation = await this.database.transaction(async (transaction) => {
      const productIds = lines.map(({ productId }) => productId);
      const asked = held(orderId, lines, await this.products.findAll(transaction, productIds), expiresAt);
      if (!(await this.reservations.insert(transaction, asked))) return undefined;
      await this.takeStock(transaction, stockChanges(asked));
      return asked;
    });
    // the same request came twice at once: the first reservation stands
    return reservation ?? (await this.reservations.find(orderId))!;
  }

  private reserveAgain(orderId: string, expiresAt: Date): Promise<Reservation> {
    return this.database.transaction(async (transaction) => {
      const before = (await this.reservations.lock(transaction, orderId))!;
      const after = heldAgain(before, expiresAt);
      if (!after) return before; // somebody was quicker
      await this.reservations.update(transaction, after);
      await this.takeStock(transaction, stockChanges(after, before));
      return after;
    });
  }

  /** Throws if there is not enough stock: the transaction is then rolled back. */
  private async takeStock(transaction: Transaction, changes: Map<string, number>): Promise<void> {
    for (const [productId, left] of await this.products.changeStock(transaction, changes)) {
      const requested = -changes.get(productId)!;
      if (left < 0) throw outOfStock({ productId, requested, available: Math.max(0, left + requested) });
    }
  }

  /** The order was placed. `idempotencyKey` makes it happen once. */
  keep(orderId: string, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.change(orderId, idempotencyKey, kept);
  }

  /** The order was confirmed. `idempotencyKey` makes it happen once. */
  commit(orderId: string, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.change(orderId, idempotencyKey, committed);
  }

  /** The order was cancelled. `idempotencyKey` makes it happen once. */
  release(orderId: string, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.change(orderId, idempotencyKey, released);
  }

  /** Releases the reservation that expired first; false if there is none. */
  expireNext(now: Date): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      const reservation = await this.reservations.lockNextToExpire(transaction, now);
      const changed = reservation && expired(reservation, now);
      if (changed) await this.update(transaction, changed, reservation);
      return changed !== undefined;
    });
  }

  private change(
    orderId: string,
    idempotencyKey: IdempotencyKey,
    change: (reservation: StoredReservation) => StoredReservation | undefined,
  ): Promise<void> {
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, async () => {
        const reservation = await this.reservations.lock(transaction, orderId);
        if (!reservation) throw reservationNotFound({ orderId });
        const changed = change(reservation);
        if (changed) await this.update(transaction, changed, reservation);
      }),
    );
  }

  private async update(transaction: Transaction, after: StoredReservation, before: StoredReservation): Promise<void> {
    await this.reservations.update(transaction, after);
    const changes = stockChanges(after, before);
    for (const [productId, left] of await this.products.changeStock(transaction, changes))
      if (left < 0 && changes.get(productId)! < 0)
        this.logger.warn(`order ${after.orderId} is on backorder: ${-left} of product ${productId} are missing`);
  }
}

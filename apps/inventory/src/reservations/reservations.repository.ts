import { Injectable } from '@nestjs/common';
import type { PricedLine } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { Database, type Transaction } from '@fourfold/service/database';
import { and, asc, eq, lte } from 'drizzle-orm';
import { reservationLines, reservations } from '../inventory.schema.ts';
import type { StoredReservation } from './reservation.ts';

/** How reservations are kept. */
@Injectable()
export class ReservationsRepository {
  constructor(private readonly database: Database) {}

  async find(orderId: string): Promise<StoredReservation | undefined> {
    const [row] = await this.database.select().from(reservations).where(eq(reservations.orderId, orderId));
    return row && withLines(this.database, row);
  }

  /** The reservation, locked until the transaction ends. */
  async lock(transaction: Transaction, orderId: string): Promise<StoredReservation | undefined> {
    const [row] = await transaction.select().from(reservations).where(eq(reservations.orderId, orderId)).for('update');
    return row && withLines(transaction, row);
  }

  /** The one whose time was over first, locked until the transaction ends. Passes over what others have locked. */
  async lockNextToExpire(transaction: Transaction, now: Date): Promise<StoredReservation | undefined> {
    const [row] = await transaction
      .select()
      .from(reservations)
      .where(and(eq(reservations.status, 'HELD'), lte(reservations.expiresAt, now)))
      .orderBy(asc(reservations.expiresAt))
      .limit(1)
      .for('update', { skipLocked: true });
    return row && withLines(transaction, row);
  }

  /** False if the order has a reservation already. */
  async insert(transaction: Transaction, reservation: StoredReservation): Promise<boolean> {
    const inserted = await transaction
      .insert(reservations)
      .values(rowOf(reservation))
      .onConflictDoNothing()
      .returning({ id: reservations.orderId });
    if (!inserted.length) return false;
    const { orderId, lines } = reservation;
    await transaction
      .insert(reservationLines)
      .values(lines.map((line, position) => ({ orderId, position, ...lineRowOf(line) })));
    return true;
  }

  /** Its lines never change. */
  async update(transaction: Transaction, reservation: StoredReservation): Promise<void> {
    const { orderId, ...changed } = rowOf(reservation);
    await transaction.update(reservations).set(changed).where(eq(reservations.orderId, orderId));
  }
}

type Row = typeof reservations.$inferSelect;
type LineRow = typeof reservationLines.$inferSelect;

const withLines = async (database: Database | Transaction, row: Row): Promise<StoredReservation> => {
  const lines = await database
    .select()
    .from(reservationLines)
    .where(eq(reservationLines.orderId, row.orderId))
    .orderBy(asc(reservationLines.position));
  const { currencyCode, totalMinorUnits, expiresAt, ...reservation } = row;
  return {
    ...reservation,
    lines: lines.map(lineOf),
    total: { currencyCode, minorUnits: totalMinorUnits },
    expiresAt: expiresAt ?? undefined,
  };
};

const lineOf = ({ productId, name, quantity, currencyCode, unitPriceMinorUnits }: LineRow): PricedLine => ({
  productId,
  name,
  quantity,
  unitPrice: { currencyCode, minorUnits: unitPriceMinorUnits },
});

const rowOf = ({ orderId, status, total, expiresAt }: StoredReservation): Row => ({
  orderId,
  status,
  currencyCode: total!.currencyCode,
  totalMinorUnits: total!.minorUnits,
  expiresAt: expiresAt ?? null,
});

const lineRowOf = ({ productId, name, quantity, unitPrice }: PricedLine) => ({
  productId,
  name,
  quantity,
  currencyCode: unitPrice!.currencyCode,
  unitPriceMinorUnits: unitPrice!.minorUnits,
});

import { Injectable } from '@nestjs/common';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { Database, type Transaction } from '@fourfold/service/database';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { orders } from './orders.schema.ts';

/** The channel of NOTIFY that carries the id of an order that changed. */
export const ORDERS_CHANNEL = 'orders';

/** How orders are kept. */
@Injectable()
export class OrdersRepository {
  constructor(private readonly database: Database) {}

  async find(orderId: string): Promise<Order | undefined> {
    const [row] = await this.database.select().from(orders).where(eq(orders.orderId, orderId));
    return row && orderOf(row);
  }

  /** By id; UUIDv7 sorts by age. */
  async findAfter(customerId: string, orderId: string, limit: number): Promise<Order[]> {
    const rows = await this.database
      .select()
      .from(orders)
      .where(and(eq(orders.customerId, customerId), gt(orders.orderId, orderId)))
      .orderBy(asc(orders.orderId))
      .limit(limit);
    return rows.map(orderOf);
  }

  /** The order, locked until the transaction ends: its changes and their events follow one another. */
  async lock(transaction: Transaction, orderId: string): Promise<Order | undefined> {
    const [row] = await transaction.select().from(orders).where(eq(orders.orderId, orderId)).for('update');
    return row && orderOf(row);
  }

  /** False if the order exists already. */
  async insert(transaction: Transaction, order: Order): Promise<boolean> {
    const inserted = await transaction
      .insert(orders)
      .values(rowOf(order))
      .onConflictDoNothing()
      .returning({ id: orders.orderId });
    return inserted.length === 1;
  }

  async update(transaction: Transaction, order: Order): Promise<void> {
    await transaction.update(orders).set(rowOf(order)).where(eq(orders.orderId, order.orderId));
    await transaction.execute(sql`select pg_notify(${ORDERS_CHANNEL}, ${order.orderId})`);
  }
}

type Row = typeof orders.$inferSelect;

const orderOf = ({ currencyCode, totalMinorUnits, cancelReason, ...row }: Row): Order => ({
  ...row,
  total: { currencyCode, minorUnits: totalMinorUnits },
  cancelReason: cancelReason ?? undefined,
});

const rowOf = ({ total, lines, status, placedAt, ...order }: Order): Row => ({
  orderId: order.orderId,
  customerId: order.customerId,
  status: status as Row['status'],
  lines: lines as Row['lines'],
  currencyCode: total!.currencyCode,
  totalMinorUnits: total!.minorUnits,
  placedAt: placedAt!,
  cancelReason: order.cancelReason ?? null,
  version: order.version,
});

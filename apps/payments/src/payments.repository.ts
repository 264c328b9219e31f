import { Injectable } from '@nestjs/common';
import type { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { Database, type Transaction } from '@fourfold/service/database';
import { eq } from 'drizzle-orm';
import type { Decision } from './payment.ts';
import { payments } from './payments.schema.ts';

/** How payments are kept. */
@Injectable()
export class PaymentsRepository {
  constructor(private readonly database: Database) {}

  async find(orderId: string): Promise<Payment | undefined> {
    const [row] = await this.database.select().from(payments).where(eq(payments.orderId, orderId));
    return row && paymentOf(row);
  }

  /** The payment of an order, locked until the transaction ends. */
  async lock(transaction: Transaction, orderId: string): Promise<Payment | undefined> {
    const [row] = await transaction.select().from(payments).where(eq(payments.orderId, orderId)).for('update');
    return row && paymentOf(row);
  }

  /** False if the order has its payment already. */
  async insert(transaction: Transaction, customerId: string, decision: Decision): Promise<boolean> {
    const inserted = await transaction
      .insert(payments)
      .values({ customerId, ...rowOf(decision) })
      .onConflictDoNothing()
      .returning({ id: payments.paymentId });
    return inserted.length === 1;
  }

  /** Its amount never changes. */
  async update(transaction: Transaction, { paymentId, status, decidedAt }: Payment): Promise<void> {
    const changed = { status: status as Row['status'], decidedAt: decidedAt! };
    await transaction.update(payments).set(changed).where(eq(payments.paymentId, paymentId));
  }
}

type Row = typeof payments.$inferSelect;

const paymentOf = ({ paymentId, orderId, status, currencyCode, minorUnits, decidedAt }: Row): Payment => ({
  paymentId,
  orderId,
  status,
  amount: { currencyCode, minorUnits },
  decidedAt,
});

const rowOf = ({ payment, declineReason }: Decision): Omit<Row, 'customerId'> => ({
  paymentId: payment.paymentId,
  orderId: payment.orderId,
  status: payment.status as Row['status'],
  currencyCode: payment.amount!.currencyCode,
  minorUnits: payment.amount!.minorUnits,
  declineReason: declineReason ?? null,
  decidedAt: payment.decidedAt!,
});

import { Injectable } from '@nestjs/common';
import type { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import {
  type ChargePaymentDto,
  paymentDeclined,
  paymentRefunded,
  paymentSettled,
  type RefundPaymentDto,
} from '@fourfold/contracts/payments';
import { paymentNotFound } from '@fourfold/contracts/payments.errors';
import { Inbox } from '@fourfold/messaging/inbox';
import { Outbox } from '@fourfold/messaging/outbox';
import { Database, type Transaction } from '@fourfold/service/database';
import type { IdempotencyKey } from '@fourfold/transport/idempotency-key';
import { v7 as uuidv7 } from 'uuid';
import { decide, refunded, voided } from './payment.ts';
import { PaymentsConfig } from './payments.config.ts';
import { PaymentsRepository } from './payments.repository.ts';

/** What can be done with payments. State and outgoing messages change in one transaction. */
@Injectable()
export class PaymentsService {
  constructor(
    private readonly config: PaymentsConfig,
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly outbox: Outbox<Transaction>,
    private readonly inbox: Inbox<Transaction>,
  ) {}

  /** Settles or declines the payment of an order, and announces which. `idempotencyKey` makes it happen once. */
  charge(charge: ChargePaymentDto, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, async () => {
        const { orderId, customerId, amount } = charge;
        const paymentId = uuidv7();
        const decision = decide(paymentId, charge, this.config.PAYMENT_LIMIT_MINOR_UNITS, new Date());
        // charged already, or cancelled before this command came: what is decided stands
        if (!(await this.payments.insert(transaction, customerId, decision))) return;
        const reason = decision.declineReason;
        if (reason === undefined)
          await this.outbox.add(transaction, paymentSettled, { paymentId, orderId, customerId, amount });
        else await this.outbox.add(transaction, paymentDeclined, { paymentId, orderId, customerId, reason });
      }),
    );
  }

  /**
   * Gives the customer of a cancelled order the money back, and announces it. The command may overtake that of the charge, as
   * each has its own queue: the order is then never charged. `idempotencyKey` makes it happen once.
   */
  refund(refund: RefundPaymentDto, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, async () => {
        const { orderId, customerId } = refund;
        // waits for a charge of the same order whose transaction has not ended
        if (await this.payments.insert(transaction, customerId, voided(uuidv7(), refund, new Date()))) return;
        const payment = refunded((await this.payments.lock(transaction, orderId))!, new Date());
        if (!payment) return;
        const { paymentId, amount } = payment;
        await this.payments.update(transaction, payment);
        await this.outbox.add(transaction, paymentRefunded, { paymentId, orderId, customerId, amount });
      }),
    );
  }

  async get(orderId: string): Promise<Payment> {
    const payment = await this.payments.find(orderId);
    if (!payment) throw paymentNotFound({ orderId });
    return payment;
  }
}

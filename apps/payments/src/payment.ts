import type {
  ChargePaymentRequest,
  Payment,
  RefundPaymentRequest,
} from '@fourfold/contracts/gen/shop/payments/v1/payments';
import type { Money } from '@fourfold/contracts/gen/shop/type/v1/money';

/** What became of the charge of an order. */
export interface Decision {
  payment: Payment;
  /** Why it was declined, in words for the customer; absent if it settled. */
  declineReason?: string;
}

/** Settles a charge, or declines it if its amount is over the limit. */
export const decide = (
  paymentId: string,
  { orderId, amount }: ChargePaymentRequest,
  limitMinorUnits: number,
  decidedAt: Date,
): Decision => {
  const payment: Payment = { paymentId, orderId, status: 'SETTLED', amount, decidedAt };
  const { currencyCode, minorUnits } = amount!;
  if (minorUnits <= limitMinorUnits) return { payment };
  const limit = inWords({ currencyCode, minorUnits: limitMinorUnits });
  return {
    payment: { ...payment, status: 'DECLINED' },
    declineReason: `the total of ${inWords(amount!)} is over the limit of ${limit} for one payment`,
  };
};

/** The order was cancelled before it was charged: no money is taken. */
export const voided = (paymentId: string, { orderId, amount }: RefundPaymentRequest, decidedAt: Date): Decision => ({
  payment: { paymentId, orderId, status: 'VOIDED', amount, decidedAt },
});

/** The order was cancelled: what was settled is given back. Undefined if nothing changes: no money was taken, or it is back. */
export const refunded = (payment: Payment, decidedAt: Date): Payment | undefined =>
  payment.status === 'SETTLED' ? { ...payment, status: 'REFUNDED', decidedAt } : undefined;

/** `EUR 1,000.00`: as many decimals as ISO 4217 gives the currency. */
const inWords = ({ currencyCode, minorUnits }: Money): string => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currencyCode, currencyDisplay: 'code' });
  const { maximumFractionDigits: decimals = 2 } = format.resolvedOptions();
  return format.format(minorUnits / 10 ** decimals).replace('\u00a0', ' ');
};

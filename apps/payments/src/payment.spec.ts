import { describe, expect, it } from 'vitest';
import { decide, refunded, voided } from './payment.ts';

const LIMIT = 100_000;
const now = new Date(0);
const charge = (minorUnits: number, currencyCode = 'EUR') => ({
  orderId: 'o-1',
  customerId: 'c-1',
  amount: { currencyCode, minorUnits },
});

describe('a charge', () => {
  it('settles', () => {
    expect(decide('p-1', charge(1999), LIMIT, now)).toEqual({
      payment: {
        paymentId: 'p-1',
        orderId: 'o-1',
        status: 'SETTLED',
        amount: { currencyCode: 'EUR', minorUnits: 1999 },
        decidedAt: now,
      },
    });
  });

  it('settles at the limit', () => {
    expect(decide('p-1', charge(LIMIT), LIMIT, now).payment.status).toBe('SETTLED');
  });

  it('is declined over the limit, with a reason that a customer can read', () => {
    expect(decide('p-1', charge(LIMIT + 1), LIMIT, now)).toMatchObject({
      payment: { status: 'DECLINED' },
      declineReason: 'the total of EUR 1,000.01 is over the limit of EUR 1,000.00 for one payment',
    });
  });

  it.each([
    ['JPY', 'JPY 100,001'],
    ['KWD', 'KWD 100.001'],
    ['XYZ', 'XYZ 1,000.01'],
  ])('words %s with its own decimals', (currencyCode, words) => {
    expect(decide('p-1', charge(LIMIT + 1, currencyCode), LIMIT, now).declineReason).toContain(words);
  });

  it('has a reason that fits the event, however much it is', () => {
    expect(decide('p-1', charge(Number.MAX_SAFE_INTEGER), LIMIT, now).declineReason!.length).toBeLessThan(200);
  });
});

describe('a refund', () => {
  const { payment } = decide('p-1', charge(1999), LIMIT, now);
  const later = new Date(1);

  it('gives back what was settled, once', () => {
    const back = refunded(payment, later)!;
    expect(back).toEqual({ ...payment, status: 'REFUNDED', decidedAt: later });
    expect(refunded(back, later)).toBeUndefined();
  });

  it('of what is not charged yet voids it, with nothing to give back', () => {
    const decision = voided('p-1', charge(1999), now);
    expect(decision).toEqual({ payment: { ...payment, status: 'VOIDED' } });
    expect(refunded(decision.payment, later)).toBeUndefined();
  });

  it('of what was declined is nothing', () => {
    expect(refunded(decide('p-1', charge(LIMIT + 1), LIMIT, now).payment, later)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { cancelled, confirmed, declined, isDecided, placed } from './order.ts';

const price = { currencyCode: 'EUR', minorUnits: 500 };
const line = { productId: 'p-1', name: 'Kettle', quantity: 2, unitPrice: price };
const reservation = { orderId: 'o-1', lines: [line], total: { currencyCode: 'EUR', minorUnits: 1000 } };
const pending = placed('o-1', 'c-1', reservation, new Date(0));

describe('an order', () => {
  it('starts pending, priced as its stock was reserved', () => {
    expect(pending).toMatchObject({ status: 'PENDING', lines: [line], total: { minorUnits: 1000 }, version: 1 });
    expect(isDecided(pending)).toBe(false);
  });
  it('is confirmed once', () => {
    const order = confirmed(pending)!;
    expect(order).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect(isDecided(order)).toBe(true);
    expect(confirmed(order)).toBeUndefined();
  });
  it('whose payment is declined is cancelled with the reason, once', () => {
    const order = declined(pending, 'over the limit')!;
    expect(order).toMatchObject({ status: 'CANCELLED', cancelReason: 'over the limit', version: 2 });
    expect(isDecided(order)).toBe(true);
    expect(declined(order, 'again')).toBeUndefined();
  });
  it.each([
    ['pending', pending],
    ['confirmed', confirmed(pending)!],
  ])('that is %s is cancelled with its reason, once', (_, before) => {
    const order = cancelled(before, 'not needed')!;
    expect(order).toMatchObject({ status: 'CANCELLED', cancelReason: 'not needed', version: before.version + 1 });
    expect(cancelled(order, 'again')).toBeUndefined();
  });
  it('that is cancelled stays so, whatever becomes of its payment', () => {
    const order = cancelled(pending, 'not needed')!;
    expect(confirmed(order)).toBeUndefined();
    expect(declined(order, 'late')).toBeUndefined();
  });
  it('that is confirmed is not cancelled by its payment', () => {
    expect(declined(confirmed(pending)!, 'late')).toBeUndefined();
  });
});

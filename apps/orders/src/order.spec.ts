import { describe, expect, it } from 'vitest';
import { cancelled, confirmed, isFinal, placed } from './order.ts';

const price = { currencyCode: 'EUR', minorUnits: 500 };
const line = { productId: 'p-1', name: 'Kettle', quantity: 2, unitPrice: price };
const reservation = { orderId: 'o-1', lines: [line], total: { currencyCode: 'EUR', minorUnits: 1000 } };
const pending = placed('o-1', 'c-1', reservation, new Date(0));

describe('an order', () => {
  it('starts pending, priced as its stock was reserved', () => {
    expect(pending).toMatchObject({ status: 'PENDING', lines: [line], total: { minorUnits: 1000 } });
    expect(isFinal(pending)).toBe(false);
  });
  it('is confirmed once', () => {
    const order = confirmed(pending)!;
    expect(order.status).toBe('CONFIRMED');
    expect(isFinal(order)).toBe(true);
    expect(confirmed(order)).toBeUndefined();
  });
  it('is cancelled with its reason, once', () => {
    const order = cancelled(pending, 'declined')!;
    expect(order).toMatchObject({ status: 'CANCELLED', cancelReason: 'declined' });
    expect(cancelled(order, 'again')).toBeUndefined();
  });
  it('does not turn back: what is confirmed is not cancelled, nor the other way round', () => {
    expect(cancelled(confirmed(pending)!, 'late')).toBeUndefined();
    expect(confirmed(cancelled(pending, 'declined')!)).toBeUndefined();
  });
});

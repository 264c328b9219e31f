import { describe, expect, it } from 'vitest';
import {
  aboutCancelled,
  aboutConfirmed,
  aboutDeclined,
  aboutPlaced,
  aboutRefunded,
  aboutSettled,
} from './notification.ts';

const order = { orderId: 'o-1', customerId: 'c' };
const amount = { currencyCode: 'EUR', minorUnits: 123_456 };
const placedAt = new Date(0);

describe('what a customer reads', () => {
  it.each([
    [aboutPlaced({ ...order, total: amount, placedAt }), /thank you.*o-1.*€1,234\.56/i],
    [aboutConfirmed(order), /o-1 is confirmed/],
    [aboutCancelled({ ...order, reason: 'the payment was declined' }), /o-1 is cancelled: the payment was declined\.$/],
    [aboutSettled({ ...order, paymentId: 'p', amount }), /€1,234\.56 for order o-1/],
    [aboutRefunded({ ...order, paymentId: 'p', amount }), /€1,234\.56 for your cancelled order o-1/],
    [aboutDeclined({ ...order, paymentId: 'p', reason: 'over the limit' }), /o-1 was declined: over the limit\.$/],
  ])('is friendly and says which order: %s', (text, expected) => {
    expect(text).toMatch(expected);
  });
  it.each([
    ['JPY', '¥500'],
    ['EUR', '€5.00'],
    ['KWD', 'KWD 0.500'],
  ])('has the digits of its currency: %s', (currencyCode, written) => {
    const text = aboutPlaced({ ...order, total: { currencyCode, minorUnits: 500 }, placedAt });
    expect(text.replaceAll('\u00a0', ' ')).toContain(`for ${written}.`);
  });
  it('leaves out a reason that nobody gave', () => {
    expect(aboutCancelled({ ...order, reason: '' })).toMatch(/is cancelled\.$/);
  });
});

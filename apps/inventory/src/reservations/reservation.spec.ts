import { unknownProduct } from '@fourfold/contracts/inventory.errors';
import { describe, expect, it } from 'vitest';
import { committed, expired, held, kept, released, stockChanges, type StoredReservation } from './reservation.ts';

const product = (productId: string, minorUnits: number, currencyCode = 'EUR') => ({
  productId,
  name: `the ${productId}`,
  description: '',
  price: { currencyCode, minorUnits },
  stock: 5,
});
const products = [product('kettle', 4490), product('mug', 1690), product('imported', 900, 'USD')];
const expiresAt = new Date('2026-01-01T12:00:00Z');
const lines = [
  { productId: 'mug', quantity: 2 },
  { productId: 'kettle', quantity: 1 },
  { productId: 'mug', quantity: 1 },
];
const reservation = held('o', lines, products, expiresAt);
const withStatus = (status: StoredReservation['status']): StoredReservation => ({ ...reservation, status });

describe('a new reservation', () => {
  it('has the lines as they came, priced, and their total', () => {
    expect(reservation).toEqual({
      orderId: 'o',
      status: 'HELD',
      lines: [
        { productId: 'mug', name: 'the mug', quantity: 2, unitPrice: { currencyCode: 'EUR', minorUnits: 1690 } },
        { productId: 'kettle', name: 'the kettle', quantity: 1, unitPrice: { currencyCode: 'EUR', minorUnits: 4490 } },
        { productId: 'mug', name: 'the mug', quantity: 1, unitPrice: { currencyCode: 'EUR', minorUnits: 1690 } },
      ],
      total: { currencyCode: 'EUR', minorUnits: 9560 },
      expiresAt,
    });
  });
  it('names the first line whose product is unknown', () => {
    const asked = [lines[0]!, { productId: 'yacht', quantity: 1 }, { productId: 'ship', quantity: 1 }];
    expect(() => held('o', asked, products, expiresAt)).toThrow(unknownProduct({ index: 1, productId: 'yacht' }));
  });
  it('has one currency', () => {
    const asked = [lines[0]!, { productId: 'imported', quantity: 1 }];
    expect(() => held('o', asked, products, expiresAt)).toThrow('one currency');
  });
});

describe('what is heard of the order', () => {
  it.each([
    ['placed', kept, 'HELD', 'HELD'],
    ['placed', kept, 'EXPIRED', 'HELD'],
    ['confirmed', committed, 'HELD', 'COMMITTED'],
    ['confirmed', committed, 'EXPIRED', 'COMMITTED'],
    ['cancelled', released, 'HELD', 'RELEASED'],
    ['cancelled', released, 'EXPIRED', 'RELEASED'],
    ['cancelled', released, 'COMMITTED', 'RELEASED'],
  ] as const)('%s: %o makes %s %s, without an expiry', (_, change, before, after) => {
    expect(change(withStatus(before))).toMatchObject({ status: after, expiresAt: undefined });
  });
  it.each([
    ['COMMITTED', [kept, committed]],
    ['RELEASED', [kept, committed, released]],
  ] as const)('changes nothing that is %s: %o', (status, changes) => {
    for (const change of changes) expect(change(withStatus(status))).toBeUndefined();
  });
});

describe('the expiry', () => {
  const later = new Date(expiresAt.getTime() + 1);
  const earlier = new Date(expiresAt.getTime() - 1);

  it('comes at its time, not before', () => {
    expect(expired(reservation, earlier)).toBeUndefined();
    expect(expired(reservation, expiresAt)).toMatchObject({ status: 'EXPIRED', expiresAt });
    expect(expired(reservation, later)).toMatchObject({ status: 'EXPIRED' });
  });
  it('never comes if the order was placed', () => {
    expect(expired(kept(reservation)!, later)).toBeUndefined();
  });
  it.each(['EXPIRED', 'COMMITTED', 'RELEASED'] as const)('is nothing to what is %s', (status) => {
    expect(expired(withStatus(status), later)).toBeUndefined();
  });
});

describe('the stock', () => {
  const taken = new Map([
    ['mug', -3],
    ['kettle', -1],
  ]);
  const returned = new Map([
    ['mug', 3],
    ['kettle', 1],
  ]);

  it('is taken by a new reservation, summed by product', () => {
    expect(stockChanges(reservation)).toEqual(taken);
  });
  it.each([
    ['HELD', 'HELD', new Map()],
    ['HELD', 'COMMITTED', new Map()],
    ['HELD', 'RELEASED', returned],
    ['HELD', 'EXPIRED', returned],
    ['COMMITTED', 'RELEASED', returned],
    ['EXPIRED', 'HELD', taken],
    ['EXPIRED', 'COMMITTED', taken],
    ['EXPIRED', 'RELEASED', new Map()],
  ] as const)('when %s becomes %s changes by %o', (before, after, changes) => {
    expect(stockChanges(withStatus(after), withStatus(before))).toEqual(changes);
  });
});

import type { PricedLine, Product, Reservation, StockLine } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import type { Money } from '@fourfold/contracts/gen/shop/type/v1/money';
import { unknownProduct } from '@fourfold/contracts/inventory.errors';

/**
 * HELD: until an order is placed, and then until its end. EXPIRED: no order was heard of in time. COMMITTED: the order is
 * confirmed. RELEASED: the order is cancelled. HELD and COMMITTED take stock.
 */
export interface StoredReservation extends Reservation {
  status: 'HELD' | 'EXPIRED' | 'COMMITTED' | 'RELEASED';
}

/** A new reservation of these lines at the products' prices. Throws if a line's product is unknown. */
export const held = (
  orderId: string,
  lines: readonly StockLine[],
  products: readonly Product[],
  expiresAt: Date,
): StoredReservation => {
  const priced = lines.map((line, index) => pricedLine(line, index, products));
  return { orderId, status: 'HELD', lines: priced, total: totalOf(priced), expiresAt };
};

/** The reservation again, after it expired: with a new expiry and its old prices; undefined if it did not expire. */
export const heldAgain = (reservation: StoredReservation, expiresAt: Date): StoredReservation | undefined =>
  reservation.status === 'EXPIRED' ? { ...reservation, status: 'HELD', expiresAt } : undefined;

/** The order was placed: the reservation lasts as long as it does. One that expired before is taken again. */
export const kept = (reservation: StoredReservation): StoredReservation | undefined =>
  isOpen(reservation) ? { ...reservation, status: 'HELD', expiresAt: undefined } : undefined;

/** The order was confirmed; that it was placed may not have been heard yet. */
export const committed = (reservation: StoredReservation): StoredReservation | undefined =>
  isOpen(reservation) ? { ...reservation, status: 'COMMITTED', expiresAt: undefined } : undefined;

/** The order was cancelled, also after it was confirmed: final, whatever comes late. */
export const released = (reservation: StoredReservation): StoredReservation | undefined =>
  reservation.status === 'RELEASED' ? undefined : { ...reservation, status: 'RELEASED', expiresAt: undefined };

/** The time is over. Only what is held for an order that was not heard of expires; undefined where nothing changes. */
export const expired = (reservation: StoredReservation, now: Date): StoredReservation | undefined =>
  reservation.status === 'HELD' && reservation.expiresAt && reservation.expiresAt <= now
    ? { ...reservation, status: 'EXPIRED' }
    : undefined;

/** By how many units the stock of each product changes when a reservation comes, or becomes another. */
export const stockChanges = (after: StoredReservation, before?: StoredReservation): Map<string, number> => {
  const factor = Number(takesStock(before)) - Number(takesStock(after));
  const changes = new Map<string, number>();
  if (factor)
    for (const { productId, quantity } of after.lines)
      changes.set(productId, (changes.get(productId) ?? 0) + factor * quantity);
  return changes;
};

const isOpen = ({ status }: StoredReservation): boolean => status === 'HELD' || status === 'EXPIRED';

const takesStock = (reservation?: StoredReservation): boolean =>
  reservation?.status === 'HELD' || reservation?.status === 'COMMITTED';

const pricedLine = ({ productId, quantity }: StockLine, index: number, products: readonly Product[]): PricedLine => {
  const product = products.find((each) => each.productId === productId);
  if (!product) throw unknownProduct({ index, productId });
  return { productId, name: product.name, quantity, unitPrice: product.price };
};

const totalOf = (lines: readonly PricedLine[]): Money => {
  const [currencyCode, ...others] = new Set(lines.map(({ unitPrice }) => unitPrice!.currencyCode));
  if (!currencyCode || others.length) throw new Error('the lines of an order must have one currency');
  return {
    currencyCode,
    minorUnits: lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice!.minorUnits, 0),
  };
};

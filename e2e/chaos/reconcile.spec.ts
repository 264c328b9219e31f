import { describe, expect, it } from 'vitest';
import type { Ordered } from './customers.ts';
import type { Facts, Sent } from './facts.ts';
import { countOf, reconcile } from './reconcile.ts';

const sent = (app: string, id: string, type: string, destination: string): Sent => ({
  ...{ app, id, type, destination },
  kind: destination.includes('charge') ? 'command' : 'event',
  key: 'o-1',
  isPublished: true,
  parkedReason: null,
});

/** One order that was confirmed. */
const facts = (): Facts => ({
  orders: [{ orderId: 'o-1', customerId: 'c-1', status: 'CONFIRMED' }],
  payments: [{ orderId: 'o-1', status: 'SETTLED' }],
  reservations: [{ orderId: 'o-1', status: 'COMMITTED' }],
  notifications: ['placed', 'paid', 'confirmed'].map((text) => ({ orderId: 'o-1', text })),
  missing: 2,
  taken: 2,
  outbox: [
    sent('orders', 'e-1', 'OrderPlaced', 'shop.orders.v1'),
    sent('orders', 'e-2', 'ChargePayment', 'payments.charge-payment'),
    sent('orders', 'e-4', 'OrderConfirmed', 'shop.orders.v1'),
    sent('payments', 'e-3', 'PaymentSettled', 'shop.payments.v1'),
  ],
  inbox: [
    ...['inventory', 'notifications'].flatMap((app) => [
      { app, source: 'orders', id: 'e-1', at: 1 },
      { app, source: 'orders', id: 'e-4', at: 4 },
    ]),
    { app: 'payments', source: 'orders', id: 'e-2', at: 2 },
    ...['orders', 'notifications'].map((app) => ({ app, source: 'payments', id: 'e-3', at: 3 })),
  ],
  records: [
    { topic: 'shop.orders.v1', partition: 0, offset: 0, id: 'e-1', key: 'o-1' },
    { topic: 'shop.orders.v1', partition: 0, offset: 1, id: 'e-4', key: 'o-1' },
    { topic: 'shop.payments.v1', partition: 2, offset: 0, id: 'e-3', key: 'o-1' },
  ],
  deadLetters: [],
  queues: { 'orders.place-order': 0, 'payments.charge-payment': 0, 'payments.charge-payment.retry': 0 },
  lags: { 'shop.orders.v1 inventory': 0 },
});
const asked = (change: Partial<Ordered> = {}): Ordered[] => [
  { key: 'k-1', customerId: 'c-1', orderIds: new Set(['o-1']), ...change },
];

/** The kinds of violations that come of a change. */
const foundBy = (change: (all: Facts) => void, orders = asked()): string[] => {
  const all = facts();
  change(all);
  const violations = reconcile(orders, all);
  return Object.entries(violations).flatMap(([kind, list]: [string, string[]]) => (list.length ? [kind] : []));
};
const without = <T>(list: T[], at: number) => void list.splice(at, 1);

it('finds nothing when everybody agrees', () => {
  expect(reconcile(asked(), facts())).toEqual({
    lost: [],
    doubled: [],
    stuck: [],
    outOfOrder: [],
    contradictory: [],
    deadLetters: [],
  });
  expect(countOf(reconcile(asked(), facts()))).toBe(0);
});

describe('it finds as lost', () => {
  it.each<[string, (all: Facts) => void]>([
    ['an order that is gone', ({ orders }) => without(orders, 0)],
    ['a payment', ({ payments }) => without(payments, 0)],
    ['a reservation', ({ reservations }) => without(reservations, 0)],
    ['a notification', ({ notifications }) => without(notifications, 1)],
    ['an event that its topic does not have', ({ records }) => without(records, 1)],
    ['an event that a subscriber has not heard', ({ inbox }) => without(inbox, 0)],
    ['a command that nobody has worked off', ({ inbox }) => without(inbox, 4)],
  ])('%s', (_, change) => {
    expect(foundBy(change)).toContain('lost');
  });

  it('an order that nobody answered, or that was refused', () => {
    expect(foundBy(() => {}, asked({ orderIds: new Set() }))).toContain('lost');
    expect(foundBy(() => {}, asked({ refused: '422 OUT_OF_STOCK' }))).toEqual(['lost']);
  });
});

describe('it finds as doubled', () => {
  it.each<[string, (all: Facts) => void]>([
    ['an order that nobody knows of', ({ orders }) => void orders.push({ ...orders[0]!, orderId: 'o-2' })],
    ['a payment', ({ payments }) => void payments.push(payments[0]!)],
    ['a notification', ({ notifications }) => void notifications.push(notifications[0]!)],
    ['an event that was never sent', ({ inbox }) => void inbox.push({ ...inbox[0]!, id: 'e-9' })],
  ])('%s', (_, change) => {
    expect(foundBy(change)).toContain('doubled');
  });

  it('two orders for one idempotency key', () => {
    const change = ({ orders }: Facts) => void orders.push({ ...orders[0]!, orderId: 'o-2' });
    expect(foundBy(change, asked({ orderIds: new Set(['o-1', 'o-2']) }))).toContain('doubled');
  });
});

describe('it finds as stuck', () => {
  it.each<[string, (all: Facts) => void]>([
    ['an order that has not ended', ({ orders }) => void (orders[0]!.status = 'PENDING')],
    ['a message that is not published', ({ outbox }) => void (outbox[0]!.isPublished = false)],
    ['a message that is parked', ({ outbox }) => void (outbox[0]!.parkedReason = 'too large')],
    ['a message in a queue', ({ queues }) => void (queues['payments.charge-payment'] = 1)],
    ['a queue that is gone', (all) => void (all.queues = {})],
    ['a record that a group has not read', ({ lags }) => void (lags['shop.orders.v1 inventory'] = 1)],
  ])('%s', (_, change) => {
    expect(foundBy(change)).toEqual(['stuck']);
  });
});

describe('it finds as out of order', () => {
  it('a topic that has events of a key the other way round', () => {
    expect(foundBy(({ records }) => ([records[0]!.offset, records[1]!.offset] = [1, 0]))).toEqual(['outOfOrder']);
  });

  it('but not one that has an earlier event once more', () => {
    expect(foundBy(({ records }) => void records.push({ ...records[0]!, offset: 2 }))).toEqual([]);
  });

  it('a subscriber that heard events of a key the other way round', () => {
    expect(foundBy(({ inbox }) => void (inbox[1]!.at = 0))).toEqual(['outOfOrder']);
  });
});

describe('it finds as contradictory', () => {
  it.each<[string, (all: Facts) => void]>([
    ['a payment that does not fit its order', ({ payments }) => void (payments[0]!.status = 'DECLINED')],
    ['a reservation that does not fit', ({ reservations }) => void (reservations[0]!.status = 'HELD')],
    ['a payment without an order', ({ payments }) => void payments.push({ orderId: 'o-2', status: 'SETTLED' })],
    ['a stock that does not add up', (all) => void (all.missing = 3)],
  ])('%s', (_, change) => {
    expect(foundBy(change)).toEqual(['contradictory']);
  });
});

it('names dead letters with their reasons', () => {
  const all = facts();
  all.deadLetters = [{ place: 'a.dead', type: 'A', code: 'INTERNAL', reason: 'INTERNAL', message: 'broken' }];
  expect(reconcile(asked(), all).deadLetters).toEqual(['A in a.dead: INTERNAL INTERNAL broken']);
});

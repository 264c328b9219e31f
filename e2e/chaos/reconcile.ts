import { QUEUES, TOPICS } from './brokers.ts';
import type { Ordered } from './customers.ts';
import type { Facts, Heard, Sent } from './facts.ts';

/** What is wrong, in words. Empty lists if all is well. */
export interface Violations {
  /** Something that was promised did not happen. */
  lost: string[];
  /** Something happened more than once. */
  doubled: string[];
  /** Something has not ended. */
  stuck: string[];
  /** Events of a key came in another order than they happened. */
  outOfOrder: string[];
  /** Services disagree on what happened. */
  contradictory: string[];
  deadLetters: string[];
}

/** Who works off a queue of commands. */
const WORKERS: Readonly<Record<string, string>> = { 'payments.charge-payment': 'payments' };
/** What an order's end means elsewhere. */
const ENDS: Readonly<Record<string, { payment: string; reservation: string }>> = {
  CONFIRMED: { payment: 'SETTLED', reservation: 'COMMITTED' },
  CANCELLED: { payment: 'DECLINED', reservation: 'RELEASED' },
};
/** An order is placed, its payment decided, and it ends: its customer is told of each. */
const TOLD = 3;

/** Compares what customers asked for with what the services and brokers know. */
export function reconcile(asked: readonly Ordered[], facts: Facts): Violations {
  const violations: Violations = {
    lost: [],
    doubled: [],
    stuck: [],
    outOfOrder: [],
    contradictory: [],
    deadLetters: facts.deadLetters.map(
      ({ place, type, code, reason, message }) => `${type} in ${place}: ${code} ${reason} ${message}`,
    ),
  };
  compareOrders(asked, facts, violations);
  compareServices(facts, violations);
  compareMessages(facts, violations);
  compareOrder(facts, violations);
  return violations;
}

export function countOf(violations: Violations): number {
  return Object.values(violations).reduce((sum, list: string[]) => sum + list.length, 0);
}

function compareOrders(asked: readonly Ordered[], { orders }: Facts, { lost, doubled }: Violations): void {
  const known = new Map(orders.map((order) => [order.orderId, order]));
  const answered = new Set<string>();
  for (const { key, customerId, orderIds, refused } of asked) {
    if (refused !== undefined) lost.push(`order ${key} was refused: ${refused}`);
    else if (orderIds.size === 0) lost.push(`order ${key} was never answered`);
    if (orderIds.size > 1) doubled.push(`order ${key} was answered with ${[...orderIds].join(' and ')}`);
    for (const orderId of orderIds) {
      if (answered.has(orderId)) lost.push(`order ${key} was answered with ${orderId}, which is another's`);
      answered.add(orderId);
      if (known.get(orderId)?.customerId !== customerId)
        lost.push(`order ${key} was answered with ${orderId}, which does not exist for ${customerId}`);
    }
  }
  for (const { orderId } of orders)
    if (!answered.has(orderId)) doubled.push(`nobody was told of order ${orderId}: somebody has another one`);
}

function compareServices(facts: Facts, { lost, doubled, stuck, contradictory }: Violations): void {
  const payments = byOrder(facts.payments);
  const reservations = byOrder(facts.reservations);
  const notifications = byOrder(facts.notifications);
  for (const { orderId, status } of facts.orders) {
    const end = ENDS[status];
    if (!end) {
      stuck.push(`order ${orderId} is ${status}`);
      continue;
    }
    const paid = (payments.get(orderId) ?? []).map((payment) => payment.status);
    if (paid.length === 0) lost.push(`order ${orderId} is ${status} and has no payment`);
    if (paid.length > 1) doubled.push(`order ${orderId} has ${paid.length} payments`);
    const held = (reservations.get(orderId) ?? []).map((reservation) => reservation.status);
    if (held.length === 0) lost.push(`order ${orderId} is ${status} and has no reservation`);
    for (const [is, wanted] of [...paid.map((one) => [one, end.payment]), ...held.map((one) => [one, end.reservation])])
      if (is !== wanted) contradictory.push(`order ${orderId} is ${status}, and elsewhere ${is}`);
    const told = (notifications.get(orderId) ?? []).map(({ text }) => text);
    const different = new Set(told).size;
    if (different < TOLD) lost.push(`the customer of order ${orderId} was told of ${different} events`);
    if (told.length > different) doubled.push(`the customer of order ${orderId} was told something twice`);
  }
  const orders = byOrder(facts.orders);
  for (const [what, of] of Object.entries({ payment: payments, reservation: reservations }))
    for (const orderId of of.keys())
      if (!orders.has(orderId)) contradictory.push(`there is a ${what} for order ${orderId}, and no order`);
  if (facts.missing !== facts.taken)
    contradictory.push(`${facts.missing} units are missing from the stock, ${facts.taken} are reserved or sold`);
}

/** Outboxes against topics and inboxes, and what is left in between. */
function compareMessages(facts: Facts, { lost, doubled, stuck }: Violations): void {
  const stored = new Set(facts.records.map(({ topic, id }) => `${topic} ${id}`));
  const heard = new Set(facts.inbox.map(heardBy));
  const expected = new Set<string>();
  for (const { app, id, type, kind, destination, isPublished, parkedReason } of facts.outbox) {
    if (parkedReason !== null) stuck.push(`${type} ${id} of ${app} is parked: ${parkedReason}`);
    else if (!isPublished) stuck.push(`${type} ${id} of ${app} is not published`);
    else if (kind === 'event' && !stored.has(`${destination} ${id}`))
      lost.push(`${type} ${id} of ${app} counts as published, and ${destination} does not have it`);
    for (const receiver of receiversOf(destination)) {
      const by = heardBy({ app: receiver, source: app, id });
      expected.add(by);
      if (!heard.has(by)) lost.push(`${receiver} has not heard of ${type} ${id} of ${app}`);
    }
  }
  for (const by of heard) if (!expected.has(by)) doubled.push(`heard, and never sent: ${by}`);
  for (const queue of QUEUES) {
    const count = facts.queues[queue];
    if (count !== 0) stuck.push(`${count} messages are left in ${queue}`);
  }
  for (const [place, lag] of Object.entries(facts.lags)) if (lag) stuck.push(`${lag} records are left in ${place}`);
}

/** The order of the outbox against that of the topics, and that of the effects. */
function compareOrder({ outbox, inbox, records }: Facts, { outOfOrder }: Violations): void {
  const positions = new Map(outbox.map(({ id }, at) => [id, at]));
  const furthest = new Map<string, number>();
  const seen = new Set<string>(); // what is published again has had its effect
  for (const { topic, key, id } of records.toSorted((one, other) => one.offset - other.offset)) {
    if (seen.has(id)) continue;
    seen.add(id);
    const position = positions.get(id)!;
    const before = furthest.get(`${topic} ${key}`) ?? -1;
    if (position < before) outOfOrder.push(`${topic} has ${id} of ${key} after one that happened later`);
    furthest.set(`${topic} ${key}`, Math.max(position, before));
  }
  const times = new Map(inbox.map((heard) => [heardBy(heard), heard.at]));
  const latest = new Map<string, { at: number; type: string }>();
  for (const { app, id, type, key, kind, destination } of outbox)
    for (const receiver of kind === 'event' ? receiversOf(destination) : []) {
      const at = times.get(heardBy({ app: receiver, source: app, id }));
      const before = latest.get(`${receiver} ${destination} ${key}`);
      if (at === undefined) continue;
      if (before && at < before.at)
        outOfOrder.push(`${receiver} heard of ${type} of ${key} ${before.at - at} ms before ${before.type}`);
      if (!before || at > before.at) latest.set(`${receiver} ${destination} ${key}`, { at, type });
    }
}

function receiversOf(destination: Sent['destination']): readonly string[] {
  return TOPICS[destination] ?? [WORKERS[destination] ?? `whoever has ${destination}`];
}

function heardBy({ app, source, id }: Pick<Heard, 'app' | 'source' | 'id'>): string {
  return `${app}: ${id} of ${source}`;
}

function byOrder<T extends { orderId: string }>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, ({ orderId }) => orderId);
}

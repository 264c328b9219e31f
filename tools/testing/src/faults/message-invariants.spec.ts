import { beforeEach, describe, expect, it } from 'vitest';
import { MessageInvariants } from './message-invariants.ts';
import type { UnluckySystem } from './unlucky-system.ts';

type Row = Record<string, unknown>;
let outbox: Row[];
let inbox: Row[];
let invariants: MessageInvariants;

/** Orders sends what is in `outbox`, payments has handled what is in `inbox`. */
const system = {
  services: ['orders', 'payments'],
  async query(service: string, text: string, [value]: unknown[]) {
    if (text.includes('from outbox'))
      return service === 'orders' ? outbox.filter(({ position }) => Number(position) > Number(value)) : [];
    return service === 'payments' ? inbox.filter(({ id }) => (value as unknown[]).includes(id)) : [];
  },
} as unknown as UnluckySystem;

const sent = (id: string, position: number, { type = 'Placed', key = 'o-1', parked = null as string | null } = {}) =>
  outbox.push({ id, position: `${position}`, kind: 'event', type, destination: 'orders', key, parked });
const heard = (id: string, at: number) => inbox.push({ id, at: `${at}` });

beforeEach(() => {
  [outbox, inbox] = [[], []];
  invariants = new MessageInvariants(system);
});

describe('messages', () => {
  it('hold when every subscriber has handled each, those of a key in order', async () => {
    sent('a', 1);
    sent('b', 2);
    heard('a', 10);
    heard('b', 11);
    expect(await invariants.violations()).toEqual([]);
  });

  it('do not hold when a subscriber of the type, of this or an earlier history, has not handled one', async () => {
    sent('a', 1);
    heard('a', 10);
    expect(await invariants.violations()).toEqual([]);
    sent('b', 2);
    expect(await invariants.violations()).toEqual(['payments has not handled Placed b of o-1']);
  });

  it('do not hold when those of a key were handled in another order', async () => {
    sent('a', 1);
    sent('b', 2, { type: 'Confirmed' });
    heard('a', 11);
    heard('b', 10);
    expect(await invariants.violations()).toEqual([
      'payments has handled Confirmed of o-1 before Placed, which came first',
    ]);
  });

  it('of different keys have no order', async () => {
    sent('a', 1);
    sent('b', 2, { key: 'o-2' });
    heard('a', 11);
    heard('b', 10);
    expect(await invariants.violations()).toEqual([]);
  });

  it('do not hold when one is parked', async () => {
    sent('a', 1, { parked: 'MESSAGE_TOO_LARGE' });
    expect(await invariants.violations()).toEqual(['Placed a is parked in the outbox: MESSAGE_TOO_LARGE']);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { histories } from '@fourfold/testing/faults';
import { type Asked, REASON, STOCKED, violationsOf } from './invariants.ts';
import { ShopClient } from './shop-client.ts';

/** Milliseconds in which most payments are decided. */
const LONGEST_THOUGHT = 300;

let products: string[] = [];

histories({
  services: ['gateway', 'orders', 'inventory', 'payments', 'notifications'],
  connect: async (system) => new ShopClient(() => system.url('gateway')),

  async prepare(system) {
    const rows = await system.query('inventory', 'update products set stock = $1 returning product_id', [STOCKED]);
    products = rows.map(({ product_id }) => product_id);
  },

  /**
   * A customer places up to six orders at once. One of five is too expensive to be paid. Two of five are cancelled soon after:
   * before their payment is decided, at that moment, or later.
   */
  operations({ name, random, client, untilAnswered }) {
    const orders = random.list(6, () => ({
      customerId: name,
      productId: random.of(products),
      quantity: random.chance(20) ? 100 : 1 + random.below(3),
      cancelAfter: random.chance(40) ? random.below(LONGEST_THOUGHT) : undefined,
    }));
    return Promise.all(
      orders.map(async ({ cancelAfter, ...order }): Promise<Asked> => {
        const placed = await untilAnswered((key) => client.place(order, key));
        const { orderId } = placed;
        if (cancelAfter === undefined) return { orderId, isCancelled: false };
        await sleep(cancelAfter);
        await untilAnswered(() => client.cancel(placed, REASON));
        return { orderId, isCancelled: true };
      }),
    );
  },

  invariants: violationsOf,
});

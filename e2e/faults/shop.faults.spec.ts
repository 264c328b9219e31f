import { histories } from '@fourfold/testing/faults';
import { STOCKED, violationsOf } from './invariants.ts';
import { ShopClient } from './shop-client.ts';

let products: string[] = [];

histories({
  services: ['gateway', 'orders', 'inventory', 'payments', 'notifications'],
  connect: async (system) => new ShopClient(() => system.url('gateway')),

  async prepare(system) {
    const rows = await system.query('inventory', 'update products set stock = $1 returning product_id', [STOCKED]);
    products = rows.map(({ product_id }) => product_id);
  },

  /** A customer places up to six orders at once. One of five is too expensive to be paid. */
  operations({ name, random, client, untilAnswered }) {
    const orders = random.list(6, () => ({
      customerId: name,
      productId: random.of(products),
      quantity: random.chance(20) ? 100 : 1 + random.below(3),
    }));
    return Promise.all(orders.map((order) => untilAnswered((key) => client.place(order, key))));
  },

  invariants: violationsOf,
});

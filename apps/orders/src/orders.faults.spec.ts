import { OrdersContract } from '@fourfold/contracts/orders';
import { differences, histories } from '@fourfold/testing/faults';
import { clientOf, createClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';

abstract class OrdersClient extends clientOf(OrdersContract) {}

/** What holds of orders, whatever goes wrong around them: `npx nx faults orders`, docs/faults.md. */
let products: string[] = [];

histories({
  services: ['orders'],
  connect: async (system) => createClient(OrdersClient, await grpcClient(system.grpc('orders'))),

  async prepare(system) {
    const rows = await system.query('inventory', 'update products set stock = 1000000 returning product_id');
    products = rows.map(({ product_id }) => product_id);
  },

  /** Up to six requests at once, each sent until it is answered. */
  operations({ name, random, client, untilAnswered }) {
    const requests = random.list(6, () => ({
      customerId: name,
      lines: [{ productId: random.of(products), quantity: 1 }],
    }));
    return Promise.all(
      requests.map((request) => untilAnswered((idempotencyKey) => client.placeOrder(request, { idempotencyKey }))),
    );
  },

  /** What was answered is there, and nothing else. */
  async invariants({ name, query }, answers) {
    const rows = await query('orders', 'select order_id from orders where customer_id = $1', [name]);
    return differences(
      'order',
      rows.map(({ order_id }) => order_id),
      answers.map(({ orderId }) => orderId),
    );
  },
});

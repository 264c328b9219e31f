/**
 * Stateless: a server keeps nothing of a client between two requests. Each request brings what is needed to answer it, so that it does
 * not matter which of several servers it reaches; they can be added, restarted and lost while clients go on. The test
 * has two gateways and two processes of each service. Whatever the client does, each of its requests goes to the other gateway than the
 * one before, and each gateway calls the services in turn.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { origin } from '../addresses.ts';
import { Replicas } from './replicas.ts';
import { RestClient } from './rest-client.ts';
import { Customer } from './shopping.ts';

let replicas: Replicas;
let origins: string[];
beforeAll(async () => {
  replicas = await Replicas.start();
  origins = [origin('gateway'), replicas.origin];
});
afterAll(() => replicas?.stop());

describe('a client whose every request goes to another server', () => {
  it('orders, watches, lists, cancels and reads, as if there were one', async () => {
    const customer = new Customer(new RestClient(origins));
    const paid = await customer.paidOrder();
    expect(paid.body.status).toBe('CONFIRMED');
    expect(await customer.orders()).toMatchObject([{ orderId: paid.body.orderId, status: 'CONFIRMED' }]);
    const cancelled = await customer.cancel(paid, 'ordered twice');
    expect(cancelled.body.status).toBe('CANCELLED');
    expect(cancelled.origin).not.toBe(paid.origin);
    await expect.poll(async () => (await customer.payment(cancelled)).status).toBe('REFUNDED');
    const texts = async () => (await customer.notifications(cancelled)).map(({ text }) => text).join('\n');
    await expect.poll(texts).toMatch(/is cancelled: ordered twice/);
  });

  it('reads a list that begins at one server to its end at the others: a page token is no memory of a server', async () => {
    const lists = await Promise.all(
      [origins, origins.toReversed(), origins.slice(0, 1)].map(async (servers) => {
        const client = new RestClient(servers);
        const first = await client.follow(await client.root(), 'shop:products', { pageSize: 7 });
        return (await client.all(first, 'shop:products')).map(({ productId }) => productId);
      }),
    );
    expect(lists[0]!.length).toBeGreaterThan(14);
    expect(lists[1]).toEqual(lists[0]);
    expect(lists[2]).toEqual(lists[0]);
  });
});

describe('what one server has begun', () => {
  it('another one goes on with: a watcher that lost its connection says what it has (Last-Event-ID)', async () => {
    const [here, there] = origins.map((one) => new RestClient([one])) as [RestClient, RestClient];
    const customer = new Customer(here);
    const placed = await customer.order(await customer.browse());
    const seen = [];
    for await (const event of here.watch(placed, 'shop:events')) {
      seen.push(event);
      break; // the connection is lost after the first event
    }
    for await (const event of there.watch(placed, 'shop:events', seen[0]!.id)) seen.push(event);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length); // none is sent twice
    expect(seen.at(-1)!.data.status).toBe('CONFIRMED');
    for await (const event of here.watch(placed, 'shop:events', seen.at(-1)!.id))
      expect(event).toBe('nothing: the client has everything');
  });

  it('another one does not begin again: the same Idempotency-Key is the same order', async () => {
    const [here, there] = origins.map((one) => new RestClient([one])) as [RestClient, RestClient];
    const customer = new Customer(here);
    const product = await customer.browse();
    const key = randomUUID();
    const fields = { customerId: customer.customerId, lines: [{ productId: product.body.productId, quantity: 1 }] };
    const headers = { 'idempotency-key': `"${key}"` };
    const [first, second] = await Promise.all([
      here.submit(product, 'placeOrder', fields, headers),
      there.submit(product, 'placeOrder', fields, headers),
    ]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.orderId).toBe(first.body.orderId);
    expect(await customer.orders()).toHaveLength(1);
  });

  it('another one can check: an ETag is the version of the resource, not of a server', async () => {
    const customer = new Customer(new RestClient(origins));
    const paid = await customer.paidOrder();
    const client = new RestClient(origins);
    for (let turn = 0; turn < 2; turn++) {
      const again = await client.get(paid.uri, { 'if-none-match': paid.headers.get('etag')! });
      expect([again.status, again.origin]).toEqual([304, origins[turn]]);
    }
  });
});

/** A customer, who uses the shop by the names of its relations, forms and fields alone. */
import { randomUUID } from 'node:crypto';
import type { Resource, RestClient, StreamEvent } from './rest-client.ts';

export class Customer {
  readonly customerId = `customer-${randomUUID()}`;

  constructor(private readonly client: RestClient) {}

  /** A product of which there is some, read by itself. */
  async browse(): Promise<Resource> {
    const list = await this.client.follow(await this.client.root(), 'shop:products', { pageSize: 20 });
    const products = await this.client.all(list, 'shop:products');
    const product = products.find(({ stock }) => stock >= 5);
    return this.read(product);
  }

  /** The order, as the answer has it. The same key is the same order. */
  order(product: Resource, key: string = randomUUID()): Promise<Resource> {
    const fields = { customerId: this.customerId, lines: [{ productId: product.body.productId, quantity: 1 }] };
    return this.client.submit(product, 'placeOrder', fields, { 'idempotency-key': `"${key}"` });
  }

  /** What happens to the order, until it is decided. */
  async watch(order: Resource): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    for await (const event of this.client.watch(order, 'shop:events')) events.push(event);
    return events;
  }

  /** A new order, as it is once it is paid. */
  async paidOrder(): Promise<Resource> {
    const placed = await this.order(await this.browse());
    await this.watch(placed);
    return this.read(placed.body);
  }

  /** The customer's orders, found from `/`. */
  async orders(): Promise<any[]> {
    const { customerId } = this;
    const list = await this.client.follow(await this.client.root(), 'shop:orders', { customerId });
    return this.client.all(list, 'shop:orders');
  }

  /** Cancels an order as it was read: If-Match has its ETag, so that nothing is cancelled that the customer has not seen. */
  cancel(order: Resource, reason: string): Promise<Resource> {
    return this.client.submit(order, 'cancel', { reason }, { 'if-match': order.headers.get('etag')! });
  }

  /** An item of a list by itself, with what can be done with it. */
  read(item: any): Promise<Resource> {
    return this.client.get(item._links.self.href);
  }

  async payment(order: Resource): Promise<any> {
    return (await this.client.follow(order, 'shop:payment')).body;
  }

  async notifications(order: Resource): Promise<any[]> {
    const list = await this.client.follow(order, 'shop:notifications');
    return this.client.all(list, 'shop:notifications');
  }
}

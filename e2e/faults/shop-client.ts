import { errorOf, unavailable } from '@fourfold/transport/errors';

export interface Order {
  customerId: string;
  productId: string;
  quantity: number;
}

/** Places orders as a foreign client does, at the gateway. */
export class ShopClient {
  constructor(private readonly originOf: () => string) {}

  /** Resolves to the id of the order. */
  async place({ customerId, productId, quantity }: Order, idempotencyKey: string): Promise<string> {
    const answer = await fetch(`${this.originOf()}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ customerId, lines: [{ productId, quantity }] }),
      signal: AbortSignal.timeout(10_000),
    }).catch((thrown: Error) => {
      throw unavailable('the gateway does not answer', thrown);
    });
    const body = (await answer.json().catch(() => {
      throw unavailable('the answer of the gateway ended too early');
    })) as any;
    if (!answer.ok) throw errorOf(body, `placing an order: ${answer.status}`);
    return body.orderId;
  }
}

import { errorOf, unavailable } from '@fourfold/transport/errors';

export interface Order {
  customerId: string;
  productId: string;
  quantity: number;
}

/** An order, and the version of it that the client knows. */
export interface Placed {
  orderId: string;
  etag: string;
}

/** Places and cancels orders as a foreign client does, at the gateway. */
export class ShopClient {
  constructor(private readonly originOf: () => string) {}

  async place({ customerId, productId, quantity }: Order, idempotencyKey: string): Promise<Placed> {
    const order = { customerId, lines: [{ productId, quantity }] };
    const { etag, body } = await this.send('POST', '/v1/orders', { 'idempotency-key': idempotencyKey }, order);
    return { orderId: body.orderId, etag };
  }

  /** Cancels the order that the client knows; reads it again if it has changed. Resolves to the cancelled order. */
  async cancel({ orderId, etag }: Placed, reason: string): Promise<any> {
    const path = `/v1/orders/${orderId}`;
    try {
      return (await this.send('PUT', `${path}/cancellation`, { 'if-match': etag }, { reason })).body;
    } catch (thrown) {
      if ((thrown as { reason?: string }).reason !== 'ORDER_CHANGED') throw thrown;
      const now = await this.send('GET', path);
      return this.cancel({ orderId, etag: now.etag }, reason);
    }
  }

  private async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: object,
  ): Promise<{ etag: string; body: any }> {
    const answer = await fetch(this.originOf() + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    }).catch((thrown: Error) => {
      throw unavailable('the gateway does not answer', thrown);
    });
    const answered = (await answer.json().catch(() => {
      throw unavailable('the answer of the gateway ended too early');
    })) as any;
    if (!answer.ok) throw errorOf(answered, `${method} ${path}: ${answer.status}`);
    return { etag: answer.headers.get('etag') ?? '', body: answered };
  }
}

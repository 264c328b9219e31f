/** The orders service and foreign clients: what a program in any language would send. */
import { randomUUID } from 'node:crypto';
import type * as grpc from '@grpc/grpc-js';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { grpcTarget } from './addresses.ts';
import { firstOf, produce, rabbitCall, reflect, unary, withChannel } from './clients.ts';
import { get, post, productInStock } from './shop.ts';

const PLACE_ORDER = 'shop.orders.v1.OrdersService/PlaceOrder';
const until = (assertion: () => Promise<void>) => vi.waitFor(assertion, { timeout: 15_000, interval: 100 });
let order: { customerId: string; lines: { productId: string; quantity: number }[] };
beforeAll(async () => {
  const { productId } = await productInStock(50);
  order = { customerId: `customer-${randomUUID()}`, lines: [{ productId, quantity: 1 }] };
});

describe('placeOrder at the orders service itself', () => {
  it('answers over HTTP', async () => {
    const { status, body } = await post('/orders', order, {}, 'orders');
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...order, status: 'PENDING' });
  });

  it('answers over gRPC, to a client that knows the service by reflection alone', async () => {
    const client = await reflect(grpcTarget('orders'), 'shop.orders.v1.OrdersService');
    const { customerId: customer_id, lines } = order;
    const request = {
      customer_id,
      lines: lines.map(({ productId: product_id, quantity }) => ({ product_id, quantity })),
    };
    expect(await unary(client, 'PlaceOrder', request)).toMatchObject({ customer_id, status: 'PENDING' });
    client.close();
  });

  it('answers over RabbitMQ', async () => {
    const answer = await rabbitCall('orders.place-order', JSON.stringify(order), { type: PLACE_ORDER });
    expect(answer.properties.contentType).toBe('application/json');
    expect(JSON.parse(answer.content.toString())).toMatchObject({ ...order, status: 'PENDING' });
  });

  it('is accepted over Kafka, without a reply', async () => {
    const customerId = `customer-${randomUUID()}`;
    await produce('shop.orders.v1.in', { ...order, customerId }, { ce_type: PLACE_ORDER, ce_id: randomUUID() });
    await until(async () => {
      const { body } = await get(`/v1/notifications?customerId=${customerId}`);
      expect(body._embedded['shop:notifications'].length).toBeGreaterThanOrEqual(3);
    });
  });

  it('is one order if it is sent twice over Kafka with one id', async () => {
    const customerId = `customer-${randomUUID()}`;
    const id = randomUUID();
    for (let copy = 0; copy < 2; copy++)
      await produce('shop.orders.v1.in', { ...order, customerId }, { ce_type: PLACE_ORDER, ce_id: id });
    await until(async () => {
      const { body } = await get(`/v1/notifications?customerId=${customerId}`);
      expect(body._embedded['shop:notifications'].length).toBeGreaterThanOrEqual(3);
    });
    const { _embedded } = (await get(`/v1/notifications?customerId=${customerId}`)).body;
    expect(new Set(_embedded['shop:notifications'].map(({ orderId }: any) => orderId)).size).toBe(1);
  });
});

describe('bad input is refused', () => {
  const bad = { customerId: '', lines: [{ productId: 'p', quantity: 0 }], extra: true };
  const violations = [
    { path: 'customerId', rule: 'isLength' },
    { path: 'lines[0].quantity', rule: 'min' },
  ];
  it('over HTTP', async () => {
    const { status, body } = await post('/orders', bad, {}, 'orders');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT', violations });
  });
  it('at the gateway', async () => {
    expect((await post('/v1/orders', bad)).body).toMatchObject({ code: 'INVALID_ARGUMENT', violations });
  });
  it('over gRPC', async () => {
    const client = await reflect(grpcTarget('orders'), 'shop.orders.v1.OrdersService');
    const error = await unary(client, 'PlaceOrder', bad).catch((thrown: grpc.ServiceError) => thrown);
    expect(error).toMatchObject({ code: 3 });
    const details = String((error as grpc.ServiceError).metadata.get('grpc-status-details-bin')[0]);
    for (const { path } of violations) expect(details).toContain(path);
    client.close();
  });
  it('over RabbitMQ', async () => {
    const answer = await rabbitCall('orders.place-order', JSON.stringify(bad), { type: PLACE_ORDER });
    expect(answer.properties.contentType).toBe('application/problem+json');
    expect(JSON.parse(answer.content.toString())).toMatchObject({ code: 'INVALID_ARGUMENT', violations });
  });
  it('over Kafka, in the dead-letter topic', async () => {
    const key = randomUUID();
    await produce('shop.orders.v1.in', bad, { ce_type: PLACE_ORDER, ce_id: randomUUID() }, key);
    const { headers } = await firstOf('shop.orders.v1.in.orders.dead', (message) => message.key?.toString() === key);
    expect(headers!['x-error-code']?.toString()).toBe('INVALID_ARGUMENT');
  });
});

describe('a message that cannot be read', () => {
  it('is refused over HTTP: malformed, too large, unknown', async () => {
    expect((await post('/v1/orders', '{"customerId":')).status).toBe(400);
    expect((await post('/v1/orders', { customerId: 'x'.repeat(1_100_000) })).status).toBe(413);
    expect((await get('/v1/nothing')).status).toBe(404);
    expect((await post('/v1/orders', '<order/>', { 'content-type': 'text/xml' })).status).toBe(415);
  });
  it('is answered over RabbitMQ if its caller waits for a reply', async () => {
    const unknown = await rabbitCall('orders.place-order', '{}', { type: 'shop.orders.v1.OrdersService/Nothing' });
    expect(JSON.parse(unknown.content.toString())).toMatchObject({ code: 'UNIMPLEMENTED' });
    const malformed = await rabbitCall('orders.place-order', 'not json', { type: PLACE_ORDER });
    expect(JSON.parse(malformed.content.toString())).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
  it('is a dead letter on a command queue', async () => {
    const id = randomUUID();
    await withChannel(async (channel) => {
      channel.sendToQueue('payments.charge-payment', Buffer.from('not json'), { messageId: id });
      await until(async () => {
        const message = await channel.get('payments.charge-payment.dead', { noAck: true });
        expect(message && message.properties.messageId).toBe(id);
      });
    });
  });
  it('does not stop the messages after it', async () => {
    const { productId } = await productInStock();
    const { body } = await post('/v1/orders', { customerId: 'c', lines: [{ productId, quantity: 1 }] });
    await until(async () => expect((await get(`/v1/orders/${body.orderId}`)).body.status).toBe('CONFIRMED'));
  });
});

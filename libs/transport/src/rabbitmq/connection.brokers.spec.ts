import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { type GetOrderDto, OrdersContract, type PlaceOrderDto, type WatchOrderDto } from '@fourfold/contracts/orders';
import { type ChargePaymentDto, type GetPaymentDto, PaymentsContract } from '@fourfold/contracts/payments';
import { messageOf } from '@fourfold/contracts/outgoing-message';
import { NEVER, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOf, connect } from '../client.ts';
import { continueTrace } from '../context.ts';
import { Implements } from '../implements.ts';
import { Input } from '../input.ts';
import { listen } from '../transports.ts';
import { RabbitMqClient } from './client.ts';
import { logLines, mount, ownQueues, Proxy, rabbitMqUrl, raw, start, take } from './service.fixture.ts';
import { RabbitMqPublisher } from './publisher.ts';

const PLACE = 'orders.place-order';
const CHARGE = 'payments.charge-payment';
const input = { customerId: 'c1', lines: [{ productId: 'p1', quantity: 2 }] };
const charge = (orderId: string) => ({ orderId, customerId: 'c1', amount: { currencyCode: 'EUR', minorUnits: 100 } });

let placeOrder: () => Promise<Order>;
let chargePayment: (orderId: string) => Promise<void>;

@Implements(OrdersContract)
class OrdersController {
  placeOrder(@Input() _: PlaceOrderDto): Promise<Order> {
    return placeOrder();
  }
  async getOrder(@Input() _: GetOrderDto): Promise<Order> {
    return Order.fromPartial({});
  }
  watchOrder(@Input() _: WatchOrderDto): Observable<Order> {
    return NEVER;
  }
}
@Implements(PaymentsContract)
class PaymentsController {
  chargePayment(@Input() payment: ChargePaymentDto): Promise<void> {
    return chargePayment(payment.orderId);
  }
  async getPayment(@Input() _: GetPaymentDto): Promise<Payment> {
    return Payment.fromPartial({});
  }
}
abstract class OrdersClient extends clientOf(OrdersContract) {}
abstract class PaymentsClient extends clientOf(PaymentsContract) {}

const prefix = ownQueues(PLACE, CHARGE, 'other');
const errorFrom = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
let model: ChannelModel;
let channel: ConfirmChannel;
let proxy: Proxy;
const closing: { close(): Promise<unknown> }[] = [];
const closeLater = <T extends { close(): Promise<unknown> }>(user: T): T => {
  closing.push(user);
  return user;
};

beforeAll(async () => {
  ({ model, channel } = await raw());
});
afterAll(() => model.close());
beforeEach(async () => {
  proxy = await Proxy.create();
  placeOrder = async () => Order.fromPartial({ orderId: 'o1' });
  chargePayment = async () => {};
  logLines.length = 0;
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((user) => user.close()));
  await proxy.cut();
  await channel.deleteQueue(prefix + PLACE);
  await channel.deleteQueue(prefix + CHARGE);
});

const serve = async (url = rabbitMqUrl()) => {
  const started = await start([OrdersController, PaymentsController], { prefix, url, drainTimeout: 100 });
  closeLater(started.app);
  return started.server;
};
const clientAt = (url: string, options = {}) => {
  const transport = closeLater(new RabbitMqClient({ url, prefix, ...options }));
  return { transport, orders: connect(OrdersClient, transport), payments: connect(PaymentsClient, transport) };
};

describe('the server', () => {
  it('serves again after its connection was dropped, commands in hand included', async () => {
    await proxy.open();
    const handled: string[] = [];
    let release = () => {};
    chargePayment = async (orderId) => {
      handled.push(orderId);
      if (handled.length === 1) await new Promise<void>((resolve) => (release = resolve));
    };
    const server = await serve(proxy.url);
    expect(server.isReady()).toBe(true);
    const { orders, payments } = clientAt(rabbitMqUrl());
    await payments.chargePayment(charge('o1'));
    await vi.waitFor(() => expect(handled).toEqual(['o1']));

    await proxy.cut();
    await vi.waitFor(() => expect(server.isReady()).toBe(false));
    release();
    await payments.chargePayment(charge('o2'));
    await proxy.open();
    await vi.waitFor(() => expect(handled.toSorted()).toEqual(['o1', 'o1', 'o2']), { timeout: 5000 });
    await expect(orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'o1' });
    expect(server.isReady()).toBe(true);

    const place = new URL(proxy.url).host;
    const told = logLines.filter((line) => line.includes(place));
    expect(told.filter((line) => line.startsWith('lost'))).toHaveLength(1);
    expect(told.filter((line) => line.startsWith('cannot connect'))).toHaveLength(0);
    expect(told.at(-1)).toMatch(/^connected to amqp:\/\/127/);
    expect(logLines.join()).not.toContain('guest:guest@');
  });

  it('waits for a broker that is not there yet', async () => {
    const { app, server } = await mount([OrdersController], { prefix, url: proxy.url });
    closeLater(app);
    let isListening = false;
    const listening = listen(server).then(() => (isListening = true));
    await vi.waitFor(() => expect(logLines.join()).toContain('cannot connect'));
    expect(isListening).toBe(false);
    expect(server.isReady()).toBe(false);
    await proxy.open();
    await listening;
    expect(server.isReady()).toBe(true);
  });

  it('does not keep a caller of listen() waiting once it is closed', async () => {
    const { app, server } = await mount([OrdersController], { prefix, url: proxy.url });
    const refusal = errorFrom(listen(server));
    await app.close();
    expect(await refusal).toMatchObject({ message: expect.stringContaining('closed before') });
  });

  it('refuses to start over a queue with other arguments, by name, and can be started later', async () => {
    await channel.assertQueue(prefix + PLACE, { durable: true });
    const { app, server } = await mount([OrdersController], { prefix });
    closeLater(app);
    await expect(listen(server)).rejects.toThrow(`queue ${prefix}${PLACE} exists with other arguments`);
    await channel.deleteQueue(prefix + PLACE);
    await listen(server);
    expect(server.isReady()).toBe(true);
  });

  it('declares and consumes again a queue that was deleted', async () => {
    const server = await serve();
    await channel.deleteQueue(prefix + PLACE);
    await vi.waitFor(() => expect(server.isReady()).toBe(false));
    await vi.waitFor(() => expect(server.isReady()).toBe(true), { timeout: 3000 });
    await expect(clientAt(rabbitMqUrl()).orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'o1' });
  });

  it('opens its channel again when the broker closes that alone', async () => {
    const server = await serve();
    const current = () => (server as any).kept.current as ConfirmChannel;
    const before = current();
    before.ack({ fields: { deliveryTag: 999 } } as never); // PRECONDITION_FAILED: unknown delivery tag
    await vi.waitFor(() => expect(server.isReady()).toBe(false));
    await vi.waitFor(() => expect(server.isReady()).toBe(true), { timeout: 3000 });
    expect(current()).not.toBe(before);
    await expect(clientAt(rabbitMqUrl()).orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'o1' });
  });
});

describe('the client', () => {
  it('closes at once where there is no broker', async () => {
    const { orders, transport } = clientAt(proxy.url);
    const called = errorFrom(orders.placeOrder(input));
    await transport.close();
    expect(await called).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('fails calls in flight when the connection is lost, and others at once while it is', async () => {
    await proxy.open();
    let begun = false;
    placeOrder = () => {
      begun = true;
      return new Promise(() => {});
    };
    await serve();
    const { orders, payments, transport } = clientAt(proxy.url);
    const called = errorFrom(orders.placeOrder(input, { timeout: 10_000 }));
    await vi.waitFor(() => expect(begun).toBe(true));
    await proxy.cut();
    expect(await called).toMatchObject({ code: 'UNAVAILABLE' });
    const begin = Date.now();
    await expect(orders.placeOrder(input)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(payments.chargePayment(charge('o1'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(Date.now() - begin).toBeLessThan(100);
    expect(transport.isReady()).toBe(false);

    await proxy.open();
    placeOrder = async () => Order.fromPartial({ orderId: 'o2' });
    await vi.waitFor(() => expect(transport.isReady()).toBe(true), { timeout: 5000 });
    await expect(orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'o2' });
  });

  it('waits for its first connection, but not longer than the deadline', async () => {
    await serve();
    const { orders } = clientAt(proxy.url);
    await expect(orders.placeOrder(input, { timeout: 50 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const called = orders.placeOrder(input, { timeout: 5000 });
    await proxy.open();
    await expect(called).resolves.toMatchObject({ orderId: 'o1' });
  });

  it('sends nothing once the deadline has passed', async () => {
    let calls = 0;
    placeOrder = async () => Order.fromPartial({ orderId: `o${++calls}` });
    await serve();
    const { orders } = clientAt(proxy.url);
    await expect(orders.placeOrder(input, { timeout: 20 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await proxy.open();
    await expect(orders.placeOrder(input, { timeout: 5000 })).resolves.toMatchObject({ orderId: 'o1' });
  });

  it('fails at once where no queue takes the call, and at the deadline where nobody answers', async () => {
    const { orders } = clientAt(rabbitMqUrl());
    await expect(orders.placeOrder(input)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const server = await serve();
    await server.close();
    await expect(orders.placeOrder(input, { timeout: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('bounds what is on its way', async () => {
    placeOrder = () => new Promise(() => {});
    await serve();
    const { orders } = clientAt(rabbitMqUrl(), { maxPending: 1 });
    const first = errorFrom(orders.placeOrder(input, { timeout: 300 }));
    await expect(orders.placeOrder(input)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await first).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    placeOrder = async () => Order.fromPartial({ orderId: 'o3' });
    await expect(orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'o3' });
  });

  it('fails a command whose queue is gone, and declares it again for the next', async () => {
    const { payments } = clientAt(rabbitMqUrl());
    await payments.chargePayment(charge('o1'));
    await channel.deleteQueue(prefix + CHARGE);
    await expect(payments.chargePayment(charge('o2'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await payments.chargePayment(charge('o3'));
    expect(JSON.parse((await take(channel, prefix + CHARGE)).content.toString())).toMatchObject({ orderId: 'o3' });
  });

  it('fails a command over a queue with other arguments, and no call beside it', async () => {
    let release: ((order: Order) => void) | undefined;
    placeOrder = () => new Promise((resolve) => (release = resolve));
    const { app, server } = await mount([OrdersController], { prefix });
    closeLater(app);
    await listen(server);
    await channel.assertQueue(prefix + CHARGE, { durable: true });
    const { orders, payments } = clientAt(rabbitMqUrl());
    const called = orders.placeOrder(input);
    await vi.waitFor(() => expect(release).toBeDefined());
    await expect(payments.chargePayment(charge('o1'))).rejects.toThrow(`queue ${prefix}${CHARGE} exists with other`);
    release!(Order.fromPartial({ orderId: 'o4' }));
    await expect(called).resolves.toMatchObject({ orderId: 'o4' });
  });
});

describe('the publisher', () => {
  const chargeMessage = (orderId: string) =>
    messageOf(PaymentsContract.chargePayment, charge(orderId), {
      id: `id-${orderId}`,
      traceparent: continueTrace(),
      createdAt: new Date('2026-11-01T10:00:00.000Z'),
    });

  it('resolves once the broker has all commands, which are as a client sends them', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: rabbitMqUrl(), prefix }));
    const message = chargeMessage('o1');
    await publisher.publish([message, chargeMessage('o2')]);
    const taken = await take(channel, prefix + CHARGE);
    expect(taken.content.toString()).toBe(message.body);
    expect(taken.properties).toMatchObject({
      type: 'shop.payments.v1.PaymentsService/ChargePayment',
      messageId: 'id-o1',
      contentType: 'application/json',
      deliveryMode: 2,
      timestamp: Date.parse('2026-11-01T10:00:00.000Z') / 1000,
      headers: { traceparent: message.traceparent },
    });
    expect((await take(channel, prefix + CHARGE)).properties.messageId).toBe('id-o2');
  });

  it('rejects while the broker is away, and publishes when it is back', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: proxy.url, prefix, timeout: 200 }));
    await expect(publisher.publish([chargeMessage('o1')])).rejects.toThrow('200 ms');
    await proxy.open();
    await vi.waitFor(() => expect(publisher.isReady()).toBe(true), { timeout: 5000 });
    await publisher.publish([chargeMessage('o2')]);
    await proxy.cut();
    await expect(publisher.publish([chargeMessage('o3')])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('carries no events', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: rabbitMqUrl(), prefix }));
    await expect(publisher.publish([{ ...chargeMessage('o1'), kind: 'event' }])).rejects.toThrow('is an event');
  });
});

import {
  type CanActivate,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { ChannelModel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib';
import { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { type GetOrderDto, OrdersContract, PlaceOrderDto, type WatchOrderDto } from '@fourfold/contracts/orders';
import { ServiceError } from '@fourfold/contracts/service-error';
import { firstValueFrom, map, NEVER, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOf, connect } from '../client.ts';
import { type CallContext, currentCall, traceIdOf } from '../context.ts';
import { PROBLEM_JSON } from '../errors.ts';
import { IdempotencyKey } from '../idempotency-key.ts';
import { Implements } from '../implements.ts';
import { Input } from '../input.ts';
import { InputPipe } from '../validation.ts';
import { RabbitMqClient } from './client.ts';
import { ownQueues, rabbitMqUrl, raw, start, take } from './service.fixture.ts';

const QUEUE = 'orders.place-order';
const PLACE_ORDER = 'shop.orders.v1.OrdersService/PlaceOrder';
const input = { customerId: 'c1', lines: [{ productId: 'p1', quantity: 2 }] };
const placed: Order = {
  orderId: 'o1',
  customerId: 'c1',
  status: 'PENDING',
  lines: [],
  total: { currencyCode: 'EUR', minorUnits: 250 },
  placedAt: new Date('2026-11-01T10:00:00.000Z'),
};
const placeOrder = vi.fn<(order: PlaceOrderDto, key?: string) => Promise<Order>>();

@Injectable()
class ClosedShop implements CanActivate {
  canActivate(): boolean {
    return !closed;
  }
}
let closed = false;
const shout: NestInterceptor = {
  intercept: (_, next) =>
    next.handle().pipe(map((order: Order) => (order?.customerId === 'loud' ? { ...order, orderId: 'O1!' } : order))),
};

@Implements(OrdersContract)
@UseGuards(ClosedShop)
class OrdersController {
  @UseInterceptors(shout)
  placeOrder(@Input() order: PlaceOrderDto, @IdempotencyKey() key?: string): Promise<Order> {
    return placeOrder(order, key);
  }
  async getOrder(@Input() _: GetOrderDto): Promise<Order> {
    return placed;
  }
  watchOrder(@Input() _: WatchOrderDto): Observable<Order> {
    return NEVER;
  }
}
abstract class OrdersClient extends clientOf(OrdersContract) {}

const prefix = ownQueues(QUEUE);
const queue = prefix + QUEUE;
const transport = new RabbitMqClient({ url: rabbitMqUrl(), prefix });
const orders = connect(OrdersClient, transport);
let app: INestApplication;
let model: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  ({ app } = await start([OrdersController], { prefix }));
  ({ model, channel } = await raw());
});
afterAll(async () => {
  await transport.close();
  await model.close();
  await app.close();
});
beforeEach(() => {
  closed = false;
  placeOrder.mockReset().mockResolvedValue(placed);
});

/** A call as a client that is not ours makes it. */
const ask = async (body: string | Buffer, properties: Options.Publish): Promise<ConsumeMessage> => {
  const replies = await channel.assertQueue('', { exclusive: true, autoDelete: true });
  const reply = new Promise<ConsumeMessage>((resolve) => {
    void channel.consume(replies.queue, (message) => message && resolve(message), { noAck: true });
  });
  channel.sendToQueue(queue, Buffer.from(body), { replyTo: replies.queue, correlationId: 'id-7', ...properties });
  return reply;
};
const jsonOf = ({ content }: { content: Buffer }) => JSON.parse(content.toString()) as any;

describe('a call', () => {
  it('is answered with the whole message', async () => {
    await expect(orders.placeOrder(input)).resolves.toEqual({ ...placed, cancelReason: undefined });
    expect(placeOrder).toHaveBeenCalledWith(Object.assign(new PlaceOrderDto(), input), expect.any(String));
  });

  it('is answered in JSON, with type and correlation id, to a client that is not ours', async () => {
    const reply = await ask(JSON.stringify(input), { type: PLACE_ORDER });
    expect(reply.properties).toMatchObject({
      type: PLACE_ORDER,
      correlationId: 'id-7',
      contentType: 'application/json',
    });
    expect(jsonOf(reply)).toEqual({ ...placed, placedAt: '2026-11-01T10:00:00.000Z' });
  });

  it('carries trace, deadline and idempotency key', async () => {
    let seen: CallContext | undefined;
    placeOrder.mockImplementation(async () => {
      seen = currentCall();
      return placed;
    });
    const before = Date.now();
    await orders.placeOrder(input, { timeout: 1500, idempotencyKey: 'k1' });
    expect(seen).toMatchObject({ transport: 'rabbitmq', idempotencyKey: 'k1' });
    expect(seen!.deadline).toBeGreaterThanOrEqual(before + 1500);
    expect(seen!.deadline).toBeLessThanOrEqual(Date.now() + 1500);

    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await ask(JSON.stringify(input), { type: PLACE_ORDER, headers: { traceparent } });
    expect(traceIdOf(seen!.traceparent)).toBe(traceIdOf(traceparent));
    expect(seen!.idempotencyKey).toBeUndefined();
  });

  it('is refused with the violations that the pipe states', async () => {
    const bad = { customerId: '', lines: [{ productId: 'p1', quantity: 0 }, { quantity: 'two' }], unknown: 1 };
    const direct = await new InputPipe(PlaceOrderDto)
      .transform(bad, { type: 'custom' })
      .catch((error: unknown) => error);
    const reply = await ask(JSON.stringify(bad), { type: PLACE_ORDER });
    expect(reply.properties.contentType).toBe(PROBLEM_JSON);
    expect(jsonOf(reply)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT' });
    expect(jsonOf(reply).violations).toEqual((direct as ServiceError).details.violations);
    expect(placeOrder).not.toHaveBeenCalled();
  });

  it('fails with the error that the handler threw, whole, and is not tried again', async () => {
    const error = new ServiceError('UNAVAILABLE', 'OUT_OF_STOCK', 'no p1 is left', {
      metadata: { productId: 'p1' },
      violations: [{ path: 'lines[0].quantity', rule: 'inStock', message: 'only 1 is left' }],
      httpStatus: 409,
    });
    placeOrder.mockRejectedValue(error);
    const thrown = await orders.placeOrder(input).catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(ServiceError);
    expect(thrown).toMatchObject({ ...error, message: error.message });
    expect((thrown as ServiceError).httpStatus).toBe(409);
    expect(placeOrder).toHaveBeenCalledTimes(1);
  });

  it('keeps the insides of what was not expected', async () => {
    placeOrder.mockRejectedValue(new Error('password is hunter2'));
    await expect(orders.placeOrder(input)).rejects.toMatchObject({ code: 'INTERNAL', message: 'internal error' });
  });

  it('is answered INTERNAL when the handler answers what the message cannot hold', async () => {
    placeOrder.mockResolvedValue({ ...placed, lines: 7 } as never);
    await expect(orders.placeOrder(input)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('is refused when its body is not JSON', async () => {
    expect(jsonOf(await ask('{"customerId":', { type: PLACE_ORDER }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [{ path: '', rule: 'isReadable', message: 'the body is not JSON' }],
    });
  });

  it('is refused when its body is larger than 1 MiB', async () => {
    const reply = await ask(Buffer.alloc(1024 * 1024 + 1, 32), { type: PLACE_ORDER });
    expect(jsonOf(reply)).toMatchObject({ code: 'RESOURCE_EXHAUSTED', status: 413 });
  });

  it.each([
    'shop.orders.v1.OrdersService/DropOrder',
    undefined,
    'shop.orders.v1.OrdersService/GetOrder',
    'constructor',
  ])('of %s is unknown here', async (type) => {
    const reply = await ask(JSON.stringify(input), { type });
    expect(reply.properties.contentType).toBe(PROBLEM_JSON);
    expect(jsonOf(reply)).toMatchObject({ status: 501, code: 'UNIMPLEMENTED', reason: 'UNKNOWN_OPERATION' });
  });

  it('past its deadline is refused before the handler', async () => {
    const reply = await ask(JSON.stringify(input), { type: PLACE_ORDER, headers: { deadline: Date.now() - 1 } });
    expect(jsonOf(reply)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(placeOrder).not.toHaveBeenCalled();
  });

  it('is given up at its deadline, which the handler hears of', async () => {
    let signal: AbortSignal | undefined;
    placeOrder.mockImplementation(() => {
      signal = currentCall()!.signal;
      return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    const begin = Date.now();
    await expect(orders.placeOrder(input, { timeout: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(Date.now() - begin).toBeLessThan(1000);
    await vi.waitFor(() => expect(signal?.aborted).toBe(true));
  });

  it('whose reply nobody takes any more harms nothing', async () => {
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(input)), { type: PLACE_ORDER, replyTo: 'spec.gone' });
    await expect(orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'o1' });
  });

  it('passes guards and interceptors', async () => {
    placeOrder.mockResolvedValue({ ...placed, customerId: 'loud' });
    await expect(orders.placeOrder(input)).resolves.toMatchObject({ orderId: 'O1!' });
    closed = true;
    await expect(orders.placeOrder(input)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('handed in without replyTo is handled one-way, with a key that redelivery does not change', async () => {
    const keys: unknown[] = [];
    placeOrder.mockImplementation(async () => {
      keys.push(currentCall()!.idempotencyKey);
      if (keys.length === 1) throw new ServiceError('UNAVAILABLE', 'BUSY', 'busy');
      return placed;
    });
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(input)), { type: PLACE_ORDER });
    await vi.waitFor(() => expect(keys).toHaveLength(2));
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it.each([
    ['of unknown type', { type: 'shop.orders.v1.OrdersService/DropOrder' }],
    ['without a type', {}],
  ])('%s and without replyTo is a dead letter', async (_, properties) => {
    channel.sendToQueue(queue, Buffer.from('{"a":1}'), { ...properties, messageId: 'm1' });
    const dead = await take(channel, `${queue}.dead`);
    expect(dead.content.toString()).toBe('{"a":1}');
    expect(dead.properties).toMatchObject({
      ...properties,
      messageId: 'm1',
      headers: { 'x-error-code': 'UNIMPLEMENTED', 'x-error-reason': 'UNKNOWN_OPERATION', 'x-attempts': 0 },
    });
  });
});

describe("Nest's own client", () => {
  const nest = new ClientRMQ({ urls: [rabbitMqUrl()], queue, noAssert: true });
  beforeAll(() => nest.connect());
  afterAll(() => nest.close());

  it('is answered in its own form', async () => {
    const answer = firstValueFrom(nest.send(PLACE_ORDER, input));
    await expect(answer).resolves.toEqual({ ...placed, placedAt: '2026-11-01T10:00:00.000Z' });
    expect(placeOrder).toHaveBeenCalledWith(Object.assign(new PlaceOrderDto(), input), expect.any(String));
  });

  it('gets a problem as its error', async () => {
    const answer = firstValueFrom(nest.send(PLACE_ORDER, {}));
    await expect(answer).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT' });
    await expect(firstValueFrom(nest.send('nope', {}))).rejects.toMatchObject({ reason: 'UNKNOWN_OPERATION' });
    await expect(firstValueFrom(nest.send({ cmd: 'nope' }, {}))).rejects.toMatchObject({ reason: 'UNKNOWN_OPERATION' });
  });
});

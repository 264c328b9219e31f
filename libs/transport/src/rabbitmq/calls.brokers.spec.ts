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
import { RabbitMqClient } from './client.ts';
import { ownQueues, rabbitMqUrl, raw, start } from './service.fixture.ts';

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

  it('is refused when its body is not JSON', async () => {
    expect(jsonOf(await ask('{"customerId":', { type: PLACE_ORDER }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [{ path: '', rule: 'isReadable', message: 'the body is not JSON' }],
    });
  });

  it.each(['shop.orders.v1.OrdersService/DropOrder', 'shop.orders.v1.OrdersService/GetOrder', 'constructor'])(
    'of %s is unknown here',
    async (type) => {
      const reply = await ask(JSON.stringify(input), { type });
      expect(reply.properties.contentType).toBe(PROBLEM_JSON);
      expect(jsonOf(reply)).toMatchObject({ status: 501, code: 'UNIMPLEMENTED', reason: 'UNKNOWN_OPERATION' });
    },
  );

  it('that does not say what it is is foreign', async () => {
    const reply = await ask(JSON.stringify(input), {});
    expect(jsonOf(reply)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', reason: 'FOREIGN_MESSAGE' });
  });

  it('past its deadline is refused before the handler', async () => {
    const reply = await ask(JSON.stringify(input), { type: PLACE_ORDER, headers: { deadline: Date.now() - 1 } });
    expect(jsonOf(reply)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(placeOrder).not.toHaveBeenCalled();
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

  it('handed in without replyTo is handled one-way, and has the key that its sender gave it, or none', async () => {
    const keys: unknown[] = [];
    placeOrder.mockImplementation(async () => {
      keys.push(currentCall()!.idempotencyKey);
      if (keys.length === 1) throw new ServiceError('UNAVAILABLE', 'BUSY', 'busy');
      return placed;
    });
    const send = (messageId?: string) =>
      channel.sendToQueue(queue, Buffer.from(JSON.stringify(input)), { type: PLACE_ORDER, messageId });
    send('m-1');
    await vi.waitFor(() => expect(keys).toEqual(['m-1', 'm-1']));
    send();
    send();
    await vi.waitFor(() => expect(keys.slice(2)).toEqual([undefined, undefined]));
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
    await expect(firstValueFrom(nest.send({ cmd: 'nope' }, {}))).rejects.toMatchObject({ reason: 'FOREIGN_MESSAGE' });
  });
});

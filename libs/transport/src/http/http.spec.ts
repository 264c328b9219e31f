import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { defineError, ServiceError } from '@fourfold/contracts/service-error';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { GetOrderDto, OrdersContract, PlaceOrderDto, WatchOrderDto } from '@fourfold/contracts/orders';
import { concat, Observable, of, switchMap, throwError, timer } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, connect } from '../client.ts';
import { HttpClient } from './client.ts';
import { Implements } from '../implements.ts';
import { Input } from '../input.ts';
import { mountTransports } from '../transports.ts';

const soldOut = defineError<{ id: string }>(
  'FAILED_PRECONDITION',
  'SOLD_OUT',
  ({ id }) => ({
    message: `${id} is gone`,
    metadata: { id },
    violations: [{ path: 'lines[0]', rule: 'stock', message: 'no' }],
  }),
  { httpStatus: 409 },
);
const order = (orderId: string): Order => ({
  orderId,
  customerId: 'c',
  status: 'PENDING',
  lines: [],
  placedAt: new Date(0),
});

@Implements(OrdersContract)
class OrdersController {
  async placeOrder(@Input() input: PlaceOrderDto): Promise<Order> {
    return { ...order(input.customerId), secret: 'column' } as Order;
  }
  getOrder(@Input() { orderId }: GetOrderDto): Order {
    return order(orderId);
  }
  watchOrder(@Input() { orderId }: WatchOrderDto): Observable<Order> {
    // not at once, but as a database would: the next macrotask is too late for Nest's @Sse()
    if (orderId === 'none')
      return timer(20).pipe(switchMap(() => throwError(() => new ServiceError('NOT_FOUND', 'ORDER_NOT_FOUND', 'no'))));
    const orders = of(order(orderId), order(orderId));
    return orderId === 'fails'
      ? concat(
          orders,
          throwError(() => soldOut({ id: orderId })),
        )
      : orders;
  }
}
@Module({ controllers: [OrdersController] })
class AppModule {}
abstract class OrdersClient extends clientOf(OrdersContract) {}

let app: NestExpressApplication;
let origin: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
  mountTransports(app, []);
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
});
afterAll(() => app.close());

it('takes path parameters', async () => {
  const transport = new HttpClient(origin);
  expect(await connect(OrdersClient, transport).getOrder({ orderId: 'o 1/ü' })).toEqual(order('o 1/ü'));
  await transport.close();
});

describe('a stream', () => {
  it('is SSE over HTTP', async () => {
    const response = await fetch(`${origin}/orders/o/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect((await response.text()).match(/^data: /gm)).toHaveLength(2);
  });
  it('that fails before its first message fails with its status', async () => {
    const response = await fetch(`${origin}/orders/none/events`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  });
  it('that fails later ends with an error event', async () => {
    const response = await fetch(`${origin}/orders/fails/events`);
    const [, , failure] = (await response.text()).split('\n\n');
    expect(failure).toMatch(/^event: error\ndata: \{.*"reason":"SOLD_OUT"/);
  });
  it('has headers but no events for HEAD', async () => {
    const response = await fetch(`${origin}/orders/o/events`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
  });
});

describe('over plain HTTP', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${origin}/orders`, { method: 'POST', body, headers: { 'content-type': type } });

  it.each([
    ['[]', 400, [{ path: '', rule: 'isObject' }]],
    [
      '{"customerId":5,"lines":"x"}',
      400,
      [
        { path: 'customerId', rule: 'isString' },
        { path: 'lines', rule: 'isArray' },
      ],
    ],
    ['{"customerId":"c","lines":{}}', 400, [{ path: 'lines', rule: 'isArray' }]],
    [
      '{"customerId":null,"lines":[5]}',
      400,
      [
        { path: 'customerId', rule: 'isLength' },
        { path: 'lines[0]', rule: 'nestedValidation' },
      ],
    ],
    [
      '{"customerId":"c","lines":[{"productId":"p","quantity":9007199254740993}]}',
      400,
      [{ path: 'lines[0].quantity', rule: 'isSafeInteger' }],
    ],
  ])('refuses %s', async (body, status, violations) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: expect.arrayContaining(violations.map((violation) => expect.objectContaining(violation))),
    });
  });
  it('refuses what is not JSON', async () => {
    expect((await post('{')).status).toBe(400);
    expect((await post('<a/>', 'text/xml')).status).toBe(415);
    expect(await (await post('{')).json()).toMatchObject({ code: 'INVALID_ARGUMENT', status: 400 });
  });
  it('answers an unknown route with a problem', async () => {
    const response = await fetch(`${origin}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' });
  });
  it('answers nothing but the fields of the message, and all of them', async () => {
    const response = await post('{"customerId":"c","lines":[{"productId":"p","quantity":1}],"extra":1}');
    expect(await response.json()).toEqual({
      orderId: 'c',
      customerId: 'c',
      status: 'PENDING',
      lines: [],
      placedAt: '1970-01-01T00:00:00.000Z',
    });
  });
});

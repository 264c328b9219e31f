import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { defineError, ServiceError } from '@fourfold/contracts/service-error';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { GetOrderDto, OrdersContract, PlaceOrderDto, WatchOrderDto } from '@fourfold/contracts/orders';
import { concat, firstValueFrom, Observable, of, switchMap, throwError, timer, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientTransport, clientOf, connect } from './client.ts';
import { GrpcClient } from './grpc/client.ts';
import { GrpcServer } from './grpc/server.ts';
import { HttpClient } from './http/client.ts';
import { Implements } from './implements.ts';
import { Input } from './input.ts';
import { currentCall } from './context.ts';
import { initTransports, listen, mountTransports } from './transports.ts';

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
    if (input.customerId === 'gone') throw soldOut({ id: 'p-1' });
    if (input.customerId === 'bug') throw new Error('secret');
    if (input.customerId === 'slow')
      await new Promise((resolve) => currentCall()!.signal.addEventListener('abort', resolve));
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
const transports: Record<string, ClientTransport> = {};

beforeAll(async () => {
  Logger.overrideLogger(false);
  app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
  const server = new GrpcServer({ url: '127.0.0.1:0', contracts: [OrdersContract] });
  mountTransports(app, [server]);
  await app.listen(0, '127.0.0.1');
  await initTransports(app);
  await listen(server);
  origin = await app.getUrl();
  transports.http = new HttpClient(origin);
  transports.grpc = new GrpcClient(`127.0.0.1:${server.port}`);
});
afterAll(async () => {
  for (const transport of Object.values(transports)) await transport.close();
  await app.close();
});

describe.each(['http', 'grpc'])('over %s', (name) => {
  const client = () => connect(OrdersClient, transports[name]!);
  const lines = [{ productId: 'p', quantity: 1 }];
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => expect.unreachable(),
      (error: ServiceError) => error,
    );

  it('answers a call', async () => {
    expect(await client().placeOrder({ customerId: 'c-1', lines })).toEqual(order('c-1'));
  });
  it('takes path parameters', async () => {
    expect(await client().getOrder({ orderId: 'o 1/ü' })).toEqual(order('o 1/ü'));
  });
  it('refuses bad input with path, rule and message', async () => {
    const error = await failure(client().placeOrder({ customerId: '', lines: [{ productId: 'p', quantity: 0 }] }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT' });
    expect(error.details.violations).toEqual([
      { path: 'customerId', rule: 'isLength', message: 'customerId must be longer than or equal to 1 characters' },
      { path: 'lines[0].quantity', rule: 'min', message: 'quantity must not be less than 1' },
    ]);
  });
  it('hands back the very error that was thrown', async () => {
    const error = await failure(client().placeOrder({ customerId: 'gone', lines }));
    expect(soldOut.matches(error)).toBe(true);
    expect(error).toMatchObject(soldOut({ id: 'p-1' }));
    expect(error.message).toBe('p-1 is gone');
  });
  it('keeps the insides of a bug', async () => {
    const error = await failure(client().placeOrder({ customerId: 'bug', lines }));
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'internal error' });
  });
  it('gives up at the deadline', async () => {
    const error = await failure(client().placeOrder({ customerId: 'slow', lines }, { timeout: 50 }));
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});

describe('a stream', () => {
  it('arrives whole over gRPC', async () => {
    const orders = connect(OrdersClient, transports.grpc!);
    expect(await firstValueFrom(orders.watchOrder({ orderId: 'o' }).pipe(toArray()))).toEqual([order('o'), order('o')]);
  });
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

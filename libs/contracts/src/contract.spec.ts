import { plainToInstance } from 'class-transformer';
import { IsDefined, validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Bytes, Id, Timestamp } from './fields.ts';
import { Product } from './gen/shop/inventory/v1/inventory.ts';
import { OrderPlaced } from './gen/shop/orders/v1/events.ts';
import { outOfStock, unknownProduct } from './inventory.errors.ts';
import { toJson } from './json.ts';
import { orderPlaced, OrdersContract } from './orders.ts';
import { messageOf } from './outgoing-message.ts';
import { PaymentsContract } from './payments.ts';
import { ServiceError } from './service-error.ts';

describe('a contract', () => {
  it('names each operation by its full method name', () => {
    expect(OrdersContract.placeOrder.name).toBe('shop.orders.v1.OrdersService/PlaceOrder');
    expect(OrdersContract.watchOrder.stream).toBe(true);
    expect(OrdersContract.getOrder.stream).toBe(false);
  });
});

describe('a message as JSON', () => {
  it('has all its fields and no others', () => {
    const row = { productId: 'p', name: '', description: '', price: undefined, stock: 0, secret: 'column' };
    expect(JSON.parse(toJson(Product, row))).toEqual({ productId: 'p', name: '', description: '', stock: 0 });
  });
  it('has times as RFC 3339 in UTC, with milliseconds', () => {
    const event = { orderId: 'o', customerId: 'c', placedAt: new Date(1) };
    expect(JSON.parse(toJson(OrderPlaced, event)).placedAt).toBe('1970-01-01T00:00:00.001Z');
  });
});

describe('an outgoing message', () => {
  const envelope = { id: 'm-1', traceparent: 't', createdAt: new Date(0) };
  it('of an event goes to its topic, by the key of its aggregate', () => {
    const data = { orderId: 'o-1', customerId: 'c-1' };
    expect(messageOf(orderPlaced, data, envelope)).toMatchObject({
      kind: 'event',
      type: 'shop.orders.v1.OrderPlaced',
      destination: 'shop.orders.v1',
      key: 'o-1',
    });
  });
  it('of a command goes to its queue', () => {
    const data = { orderId: 'o-1', customerId: 'c-1', amount: { currencyCode: 'EUR', minorUnits: 1 } };
    expect(messageOf(PaymentsContract.chargePayment, data, envelope)).toMatchObject({
      kind: 'command',
      destination: 'payments.charge-payment',
      key: '',
    });
  });
  it('cannot be a call, which has an answer', () => {
    expect(() => messageOf(OrdersContract.getOrder, { orderId: 'o' }, envelope)).toThrow('is no command');
  });
});

describe('an error by name', () => {
  const error = outOfStock({ productId: 'p', requested: 2, available: 1 });
  it('is told by its reason, whoever made it', () => {
    expect(outOfStock.matches(error)).toBe(true);
    expect(outOfStock.matches(new ServiceError('FAILED_PRECONDITION', 'OUT_OF_STOCK', 'from afar'))).toBe(true);
    expect(unknownProduct.matches(error)).toBe(false);
    expect(outOfStock.matches(new Error('OUT_OF_STOCK'))).toBe(false);
  });
  it('has the HTTP status of its code unless it names its own', () => {
    expect(error.httpStatus).toBe(409);
    expect(new ServiceError('FAILED_PRECONDITION', 'R', 'm').httpStatus).toBe(400);
  });
  it('names the path of what is wrong', () => {
    const { details } = unknownProduct({ index: 1, productId: 'p' });
    expect(details.violations).toMatchObject([{ path: 'lines[1].productId' }]);
  });
});

describe('a field', () => {
  class Fields {
    @Id() id = 'i';
    @IsDefined() @Timestamp() at: unknown = new Date(0);
    @IsDefined() @Bytes() bytes: unknown = new Uint8Array();
  }
  const violated = (given: object) => validateSync(plainToInstance(Fields, given)).map(({ property }) => property);
  const good = { id: 'i', at: '2026-01-01T00:00:00Z', bytes: 'AAE=' };

  it.each([
    [{}, []],
    [{ id: '' }, ['id']],
    [{ id: 'a\u0000b' }, ['id']],
    [{ id: 'x'.repeat(65) }, ['id']],
    [{ at: 5 }, ['at']],
    [{ at: 'yesterday' }, ['at']],
    [{ at: '2026-02-30T25:00:00Z' }, ['at']],
    [{ at: '2026-01-01T00:00:00.5+02:00' }, []],
    [{ bytes: 'no base64!' }, ['bytes']],
    [{ bytes: 7 }, ['bytes']],
  ])('%j breaks the rules of %j', (given, expected) => {
    expect(violated({ ...good, ...given })).toEqual(expected);
  });
  it('is a Date or a Buffer in code', () => {
    const { at, bytes } = plainToInstance(Fields, good);
    expect(at).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(bytes).toEqual(Buffer.from([0, 1]));
  });
});

import { IsInt, IsString } from 'class-validator';
import { RequestedLine } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { GetOrderDto, OrdersContract, PlaceOrderDto, WatchOrderDto } from '@fourfold/contracts/orders';
import type { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { checkDto } from './check-dto.ts';
import { Implements } from './implements.ts';
import { Input } from './input.ts';

describe('a DTO is refused at start', () => {
  it('where a field has no decorator: it would be dropped without a word', () => {
    class Line {
      @IsString() productId = '';
      quantity = 0;
    }
    expect(() => checkDto(Line, RequestedLine)).toThrow('Line.quantity has no class-validator decorator');
  });
  it('where a field does not start with the proto3 default', () => {
    class Line {
      @IsString() productId = '';
      @IsInt() quantity = 1;
    }
    expect(() => checkDto(Line, RequestedLine)).toThrow('Line.quantity must start as 0');
  });
});

it('refuses a handler without @Input(), by its name', () => {
  const answer: Order = { orderId: '', customerId: '', status: 'PENDING', lines: [] };
  class Orders {
    placeOrder(@Input() _: PlaceOrderDto) {
      return answer;
    }
    getOrder(_: GetOrderDto) {
      return answer;
    }
    watchOrder(@Input() _: WatchOrderDto) {
      return of(answer);
    }
  }
  expect(() => Implements(OrdersContract)(Orders)).toThrow('Orders.getOrder() has no @Input() parameter');
});

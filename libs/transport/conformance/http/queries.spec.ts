import { ListOf } from '@fourfold/contracts/collections';
import { Float, Int32 } from '@fourfold/contracts/fields';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Input } from '../../src/handlers/input.ts';
import { startApplication } from '../application.ts';
import { ask } from './raw.ts';

class ThingsDto {
  @Int32() pageSize = 0;
  @Float() weight = 0;
  @IsString() @MaxLength(50) text = '';
  @IsBoolean() open = false;
  @ListOf(IsString()) names: string[] = [];
  @ListOf(Int32()) numbers: number[] = [];
}
class ThingDto {
  @Int32() number = 0;
}

@Controller('things')
class ThingsController {
  @Get()
  list(@Input(ThingsDto) input: ThingsDto) {
    return input;
  }
  @Get(':number')
  get(@Input(ThingDto) input: ThingDto) {
    return input;
  }
}

let app: INestApplication;
let origin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ThingsController], []));
});
afterAll(() => app.close());

describe('a query', () => {
  it.each([
    ['', {}],
    ['pageSize=2&weight=-1.5e3&open=true', { pageSize: 2, weight: -1500, open: true }],
    ['page_size=2', { pageSize: 2 }],
    ['pageSize=-2', { pageSize: -2 }],
    ['text=a+b%20c%2B', { text: 'a b c+' }],
    ['text=%C3%BC%F0%9F%99%82', { text: 'ü🙂' }],
    ['text', { text: '' }],
    ['text=a=b', { text: 'a=b' }],
    ['names=a', { names: ['a'] }],
    ['names=a&names=b&names=', { names: ['a', 'b', ''] }],
    ['numbers=1&numbers=2', { numbers: [1, 2] }],
    ['utm=%ff&utm=2&&__proto__=1&pageSize=1', { pageSize: 1 }],
    ['pageSize%5B%5D=5', {}],
  ])('is read: %s', async (query, fields) => {
    const { status, body } = await ask(origin, 'GET', `/things?${query}`);
    expect([status, JSON.parse(body)]).toEqual([200, { ...new ThingsDto(), ...fields }]);
  });

  it.each([
    ['pageSize=1&pageSize=1', 'pageSize', 'isOnce'],
    ['page_size=1&pageSize=1', 'pageSize', 'isOnce'],
    ['text=a&open=true&text=b', 'text', 'isOnce'],
    ...['0x2', '1e2', '2.0', '%202', '+2', '2%20', '%2B2', '02', '-0', '-', '', '2_0', '%D9%A2', 'NaN'].map((text) => [
      `pageSize=${text}`,
      'pageSize',
      'isInt',
    ]),
    ['numbers=1&numbers=1e1', 'numbers', 'isInt'],
    ['weight=0x2', 'weight', 'isNumber'],
    ['weight=1.', 'weight', 'isNumber'],
    ['open=1', 'open', 'isBoolean'],
    ['open=TRUE', 'open', 'isBoolean'],
    ['text=%ff', 'text', 'isUtf8'],
    ['text=%ED%A0%BD', 'text', 'isUtf8'],
    ['text=100%', 'text', 'isPercentEncoded'],
    ['t%ff=1', '', 'isUtf8'],
  ])('is refused with path and rule: %s', async (query, path, rule) => {
    const { status, body } = await ask(origin, 'GET', `/things?${query}`);
    expect([status, JSON.parse(body).violations]).toEqual([
      400,
      expect.arrayContaining([expect.objectContaining({ path, rule })]),
    ]);
  });
});

describe('a number in a path', () => {
  it('is read', async () => {
    expect(JSON.parse((await ask(origin, 'GET', '/things/7')).body)).toEqual({ number: 7 });
  });
  it.each(['07', '7.0', '0x7', '7e0', '+7', '%207'])('has one spelling, which is not %s', async (text) => {
    const { status, body } = await ask(origin, 'GET', `/things/${text}`);
    expect([status, JSON.parse(body).violations]).toEqual([
      400,
      expect.arrayContaining([expect.objectContaining({ path: 'number', rule: 'isInt' })]),
    ]);
  });
});

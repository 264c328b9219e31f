import { Order } from '@fourfold/contracts/gen/shop/orders/v1/orders';
import { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { OrdersContract, type PlaceOrderDto, type GetOrderDto, type WatchOrderDto } from '@fourfold/contracts/orders';
import { type ChargePaymentDto, type GetPaymentDto, PaymentsContract } from '@fourfold/contracts/payments';
import { NEVER } from 'rxjs';
import { it } from 'vitest';
import { clientOf, connect } from '../client.ts';
import { Implements } from '../implements.ts';
import { Input } from '../input.ts';
import { RabbitMqClient } from './client.ts';
import { ownQueues, rabbitMqUrl, start } from './service.fixture.ts';
let n = 0;
@Implements(OrdersContract)
class C {
  async placeOrder(@Input() _: PlaceOrderDto) {
    return Order.fromPartial({ orderId: 'x' });
  }
  async getOrder(@Input() _: GetOrderDto) {
    return Order.fromPartial({});
  }
  watchOrder(@Input() _: WatchOrderDto) {
    return NEVER;
  }
}
@Implements(PaymentsContract)
class P {
  async chargePayment(@Input() _: ChargePaymentDto) {
    n++;
  }
  async getPayment(@Input() _: GetPaymentDto) {
    return Payment.fromPartial({});
  }
}
const prefix = ownQueues('orders.place-order', 'payments.charge-payment');
it('bench', async () => {
  const { app } = await start([C, P], { prefix });
  const t = new RabbitMqClient({ url: rabbitMqUrl(), prefix });
  const c = connect(class extends (clientOf(OrdersContract) as any) {} as any, t) as any;
  const p = connect(class extends (clientOf(PaymentsContract) as any) {} as any, t) as any;
  const input = { customerId: 'c1', lines: [{ productId: 'p1', quantity: 2 }] };
  await c.placeOrder(input);
  let b = performance.now();
  for (let i = 0; i < 500; i++) await c.placeOrder(input);
  console.log('call, one at a time', ((performance.now() - b) / 500).toFixed(2), 'ms');
  b = performance.now();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let i = 0; i < 50; i++) await c.placeOrder(input, { timeout: 20000 });
    }),
  );
  console.log('call, 64 in flight', (3200 / ((performance.now() - b) / 1000)).toFixed(0), '/s');
  b = performance.now();
  const charge = { orderId: 'o', customerId: 'c1', amount: { currencyCode: 'EUR', minorUnits: 100 } };
  for (let i = 0; i < 300; i++) await p.chargePayment(charge);
  console.log('command, one at a time', ((performance.now() - b) / 300).toFixed(2), 'ms');
  b = performance.now();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let i = 0; i < 50; i++) await p.chargePayment(charge);
    }),
  );
  console.log('command, 64 in flight', (3200 / ((performance.now() - b) / 1000)).toFixed(0), '/s', n);
  await t.close();
  await app.close();
}, 60000);

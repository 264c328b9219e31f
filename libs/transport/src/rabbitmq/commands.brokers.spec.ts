import type { INestApplication } from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { Payment } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { type ChargePaymentDto, type GetPaymentDto, PaymentsContract } from '@fourfold/contracts/payments';
import { ServiceError } from '@fourfold/contracts/service-error';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { clientOf, connect } from '../client.ts';
import { currentCall } from '../context.ts';
import { Implements } from '../implements.ts';
import { Input } from '../input.ts';
import { RabbitMqClient } from './client.ts';
import { logLines, mount, ownQueues, rabbitMqUrl, raw, start, take } from './service.fixture.ts';
import type { RabbitMqServerOptions } from './server.ts';

const QUEUE = 'payments.charge-payment';
const CHARGE_PAYMENT = 'shop.payments.v1.PaymentsService/ChargePayment';
const charge = (orderId: string) => ({ orderId, customerId: 'c1', amount: { currencyCode: 'EUR', minorUnits: 100 } });

/** A payments service with its own idea of what to do. */
const paymentsApp = (chargePayment: (orderId: string) => void | Promise<void>) => {
  @Implements(PaymentsContract)
  class PaymentsController {
    async chargePayment(@Input() payment: ChargePaymentDto): Promise<void> {
      await chargePayment(payment.orderId);
    }
    async getPayment(@Input() _: GetPaymentDto): Promise<Payment> {
      return Payment.fromPartial({});
    }
  }
  return PaymentsController;
};
abstract class PaymentsClient extends clientOf(PaymentsContract) {}

const prefix = ownQueues(QUEUE);
const queue = prefix + QUEUE;
const transport = new RabbitMqClient({ url: rabbitMqUrl(), prefix });
const payments = connect(PaymentsClient, transport);
let apps: INestApplication[] = [];
let model: ChannelModel;
let channel: ConfirmChannel;

const serve = async (handle: (orderId: string) => void | Promise<void>, options?: Partial<RabbitMqServerOptions>) => {
  const started = await start([paymentsApp(handle)], { prefix, ...options });
  apps.push(started.app);
  return started.server;
};

beforeAll(async () => {
  ({ model, channel } = await raw());
});
afterAll(async () => {
  await transport.close();
  await model.close();
});
beforeEach(async () => {
  await payments.chargePayment(charge('declares the queue'));
  await channel.purgeQueue(queue);
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

it('keeps a command that comes before any service, and acks it when it is done', async () => {
  await payments.chargePayment(charge('o1'), { idempotencyKey: 'k1' });
  const message = await take(channel, queue);
  expect(message.properties).toMatchObject({
    type: CHARGE_PAYMENT,
    messageId: 'k1',
    contentType: 'application/json',
    deliveryMode: 2,
    timestamp: expect.closeTo(Date.now() / 1000, -1),
    headers: { traceparent: expect.stringMatching(/^00-/) },
  });
  expect(message.properties.replyTo).toBeUndefined();

  const handled: string[] = [];
  await payments.chargePayment(charge('o2'));
  const server = await serve((orderId) => void handled.push(orderId));
  await vi.waitFor(() => expect(handled).toEqual(['o2']));
  await server.close();
  expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 });
});

it('leaves a command that is not done in time to the next service', async () => {
  let begun = false;
  const slow = await serve(
    () => {
      begun = true;
      return new Promise(() => {});
    },
    { drainTimeout: 50 },
  );
  await payments.chargePayment(charge('o1'));
  await vi.waitFor(() => expect(begun).toBe(true));
  await slow.close();

  const handled: string[] = [];
  await serve((orderId) => void handled.push(orderId));
  await vi.waitFor(() => expect(handled).toEqual(['o1']));
});

it('makes a dead letter of what does not pass, as it came, with the error in headers', async () => {
  let attempts = 0;
  await serve(
    () => {
      attempts++;
      throw new ServiceError('UNAVAILABLE', 'BANK_DOWN', 'the bank is down');
    },
    { attempts: 3 },
  );
  const body = JSON.stringify(charge('o1'));
  channel.sendToQueue(queue, Buffer.from(body), {
    type: CHARGE_PAYMENT,
    messageId: 'm1',
    userId: 'guest',
    appId: 'till',
    headers: { 'x-till': 7, CC: ['spec.nowhere'] },
  });
  const dead = await take(channel, `${queue}.dead`);
  expect(attempts).toBe(3);
  expect(dead.content.toString()).toBe(body);
  expect(dead.properties).toMatchObject({ type: CHARGE_PAYMENT, messageId: 'm1', appId: 'till', deliveryMode: 2 });
  expect(dead.properties.headers).not.toHaveProperty('CC'); // it would have been copied there
  expect(dead.properties.headers).toMatchObject({
    'x-till': 7,
    'x-error-code': 'UNAVAILABLE',
    'x-error-reason': 'BANK_DOWN',
    'x-error-message': 'the bank is down',
    'x-attempts': 3,
  });
  await Promise.all(apps.splice(0).map((app) => app.close()));
  expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 });
});

it('makes a dead letter at once of a command that is larger than 1 MiB, and goes on', async () => {
  const handled: string[] = [];
  await serve((orderId) => void handled.push(orderId), { prefetch: 1 });
  const body = ' '.repeat(1024 * 1024 + 1);
  channel.sendToQueue(queue, Buffer.from(body), { type: CHARGE_PAYMENT });
  await payments.chargePayment(charge('next'));
  const dead = await take(channel, `${queue}.dead`);
  expect(dead.content.toString()).toBe(body);
  expect(dead.properties.headers).toMatchObject({ 'x-error-reason': 'PAYLOAD_TOO_LARGE', 'x-attempts': 0 });
  await vi.waitFor(() => expect(handled).toEqual(['next']));
});

it('does not lose a dead letter whose queue was deleted', async () => {
  await serve(() => {
    throw new ServiceError('FAILED_PRECONDITION', 'NO', 'no');
  });
  await channel.deleteQueue(`${queue}.dead`);
  await payments.chargePayment(charge('o1'), { idempotencyKey: 'k7' });
  await vi.waitFor(() => expect(logLines.join()).toContain(`"messageId":"k7"`));
  const dead = await take(channel, `${queue}.dead`);
  expect(JSON.parse(dead.content.toString())).toEqual(charge('o1'));
});

it('is given up by the broker when services keep dying over it', async () => {
  await payments.chargePayment(charge('o1'));
  for (let delivery = 0; delivery <= 20; delivery++)
    await vi.waitFor(async () => {
      const message = await channel.get(queue);
      if (!message) throw new Error('not there yet');
      channel.nack(message, false, true);
    });
  const dead = await take(channel, `${queue}.dead`);
  expect(dead.properties.headers!['x-death']).toMatchObject([{ reason: 'delivery_limit' }]);
});

it("takes Nest's own packets", async () => {
  const handled: string[] = [];
  await serve((orderId) => void handled.push(orderId));
  const nest = new ClientRMQ({ urls: [rabbitMqUrl()], queue, noAssert: true });
  await nest.connect();
  await firstValueFrom(nest.emit(CHARGE_PAYMENT, charge('o1')), { defaultValue: undefined });
  await vi.waitFor(() => expect(handled).toEqual(['o1']));
  await nest.close();
});

it('refuses two handlers of one command', async () => {
  await expect(mount([paymentsApp(() => {}), paymentsApp(() => {})], { prefix })).rejects.toThrow('two handlers');
});

it('stays a command though its message names a replyTo: tried again, and a dead letter in the end', async () => {
  const handled = vi.fn<(orderId: string) => void>(() => {
    throw new ServiceError('UNAVAILABLE', 'BUSY', 'busy');
  });
  await serve(handled, { attempts: 2 });
  const properties = { type: CHARGE_PAYMENT, replyTo: 'nowhere', correlationId: '1' };
  channel.sendToQueue(queue, Buffer.from(JSON.stringify(charge('o7'))), properties);
  const dead = await take(channel, `${queue}.dead`);
  expect(dead.properties.headers).toMatchObject({ 'x-error-code': 'UNAVAILABLE', 'x-attempts': 2 });
  expect(handled).toHaveBeenCalledTimes(2);
});

it('takes an empty messageId for none: two commands of other content are two', async () => {
  const keys = new Set<string | undefined>();
  await serve(() => void keys.add(currentCall()?.idempotencyKey));
  for (const orderId of ['o8', 'o9'])
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(charge(orderId))), { type: CHARGE_PAYMENT, messageId: '' });
  await vi.waitFor(() => expect(keys.size).toBe(2));
  expect(keys).not.toContain('');
});

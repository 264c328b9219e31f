import { Database } from '@fourfold/service/database';
import { inbox, outbox } from '@fourfold/service/messaging.schema';
import { createService } from '@fourfold/service/start';
import { permutations } from '@fourfold/testing/permutations';
import { appForTests } from '@fourfold/testing/service-for-tests';
import { PaymentsContract } from '@fourfold/contracts/payments';
import { paymentNotFound } from '@fourfold/contracts/payments.errors';
import { clientOf, createClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { asc, eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import { PaymentsController } from './payments.controller.ts';
import { PaymentsModule } from './payments.module.ts';
import { payments } from './payments.schema.ts';

abstract class PaymentsClient extends clientOf(PaymentsContract) {}

let client: PaymentsClient;

const service = appForTests(createService, {
  name: 'payments',
  module: PaymentsModule,
  transports: ['grpc'],
  environment: () => ({ PAYMENT_LIMIT_MINOR_UNITS: '50000' }),
});
beforeAll(async () => {
  client = createClient(PaymentsClient, await grpcClient(service.grpcUrl));
});

const database = () => service.app.get(Database);
const newKey = () => ({ source: 'orders', id: uuidv7() });

/** Deliver the commands of a queue: RabbitMQ is not needed to say it. */
const charge = (orderId: string, minorUnits = 1999, idempotencyKey = newKey()): Promise<void> =>
  service.app.get(PaymentsController).chargePayment(commandOf(orderId, minorUnits), idempotencyKey);
const refund = (orderId: string, minorUnits = 1999, idempotencyKey = newKey()): Promise<void> =>
  service.app.get(PaymentsController).refundPayment(commandOf(orderId, minorUnits), idempotencyKey);
const commandOf = (orderId: string, minorUnits: number) => ({
  orderId,
  customerId: 'c-1',
  amount: { currencyCode: 'EUR', minorUnits },
});

/** What left for Kafka, or will, about an order. */
const announced = async (orderId: string) => {
  const rows = await database().select().from(outbox).where(eq(outbox.key, orderId)).orderBy(asc(outbox.position));
  return rows.map(({ type, body }) => ({ type, ...JSON.parse(body) }));
};

describe('a charge', () => {
  it('settles the payment and announces it', async () => {
    const orderId = uuidv7();
    await charge(orderId);

    const payment = await client.getPayment({ orderId });
    expect(payment).toMatchObject({
      orderId,
      status: 'SETTLED',
      amount: { currencyCode: 'EUR', minorUnits: 1999 },
      decidedAt: expect.any(Date),
    });
    expect(await announced(orderId)).toEqual([
      {
        type: 'shop.payments.v1.PaymentSettled',
        paymentId: payment.paymentId,
        orderId,
        customerId: 'c-1',
        amount: { currencyCode: 'EUR', minorUnits: 1999 },
      },
    ]);
  });

  it('over the configured limit is declined, and announced with its reason', async () => {
    const orderId = uuidv7();
    await charge(orderId, 50_001);

    expect(await client.getPayment({ orderId })).toMatchObject({ orderId, status: 'DECLINED' });
    expect(await announced(orderId)).toMatchObject([
      {
        type: 'shop.payments.v1.PaymentDeclined',
        orderId,
        customerId: 'c-1',
        reason: 'the total of EUR 500.01 is over the limit of EUR 500.00 for one payment',
      },
    ]);
  });

  it('that is delivered again happens once', async () => {
    const orderId = uuidv7();
    const idempotencyKey = newKey();
    await charge(orderId, 1999, idempotencyKey);
    await charge(orderId, 1999, idempotencyKey);

    expect(await announced(orderId)).toHaveLength(1);
  });

  it('for an order that has its payment does nothing', async () => {
    const orderId = uuidv7();
    await charge(orderId, 1999);
    await charge(orderId, 50_001);

    expect(await client.getPayment({ orderId })).toMatchObject({ status: 'SETTLED' });
    expect(await announced(orderId)).toHaveLength(1);
  });

  it('happens once also when workers take it at the same moment', async () => {
    const orderId = uuidv7();
    const idempotencyKey = newKey();
    await Promise.all([
      charge(orderId, 1999, idempotencyKey),
      charge(orderId, 1999, idempotencyKey),
      charge(orderId, 1999),
    ]);

    expect(await database().select().from(payments).where(eq(payments.orderId, orderId))).toHaveLength(1);
    expect(await announced(orderId)).toHaveLength(1);
  });

  it('that fails leaves nothing behind, so that its redelivery can succeed', async () => {
    const orderId = uuidv7();
    const idempotencyKey = newKey();
    await expect(charge(orderId, Number.NaN, idempotencyKey)).rejects.toThrow('Failed query');
    expect(await database().select().from(inbox).where(eq(inbox.id, idempotencyKey.id))).toEqual([]);

    await charge(orderId, 1999, idempotencyKey);
    expect(await announced(orderId)).toHaveLength(1);
  });
});

describe('a refund', () => {
  const statusOf = async (orderId: string) => (await client.getPayment({ orderId })).status;
  const typesOf = async (orderId: string) => (await announced(orderId)).map(({ type }) => type.split('.').at(-1));

  it('gives the money back and announces it', async () => {
    const orderId = uuidv7();
    await charge(orderId);
    const { paymentId } = await client.getPayment({ orderId });
    await refund(orderId);

    expect(await client.getPayment({ orderId })).toMatchObject({ paymentId, status: 'REFUNDED' });
    const amount = { currencyCode: 'EUR', minorUnits: 1999 };
    expect((await announced(orderId)).at(-1)).toEqual({
      type: 'shop.payments.v1.PaymentRefunded',
      paymentId,
      orderId,
      customerId: 'c-1',
      amount,
    });
  });

  it.each([
    ['within the limit', 1999, 'REFUNDED', ['PaymentSettled', 'PaymentRefunded']],
    ['over the limit', 50_001, 'DECLINED', ['PaymentDeclined']],
  ])('and the charge come in any order, and twice: %s', async (_, minorUnits, status, types) => {
    const each = [
      { send: charge, id: 'first' },
      { send: charge, id: 'first' },
      { send: refund, id: 'first' },
      { send: refund, id: 'other' },
    ];
    for (const commands of permutations(each)) {
      const orderId = uuidv7();
      for (const { send, id } of commands)
        await send(orderId, minorUnits, { source: 'orders', id: `${orderId}-${send.name}-${id}` });
      const isCharged = commands[0]!.send === charge;
      const order = commands.map(({ send, id }) => `${send.name} ${id}`).join();
      expect({ order, status: await statusOf(orderId), types: await typesOf(orderId) }).toEqual({
        order,
        status: isCharged ? status : 'VOIDED',
        types: isCharged ? types : [],
      });
    }
  });

  it('at the same moment as the charge leaves no money behind', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 50; round++) {
      const orderId = uuidv7();
      const sent = [() => charge(orderId), () => refund(orderId)];
      await Promise.all((round % 2 ? sent : sent.reverse()).map((send) => send()));
      const status = await statusOf(orderId);
      expect(await typesOf(orderId)).toEqual(status === 'REFUNDED' ? ['PaymentSettled', 'PaymentRefunded'] : []);
      seen.add(status);
    }
    expect([...seen].sort()).toEqual(['REFUNDED', 'VOIDED']);
  });

  it('that fails leaves nothing behind, so that its redelivery can succeed', async () => {
    const orderId = uuidv7();
    const idempotencyKey = newKey();
    await expect(refund(orderId, Number.NaN, idempotencyKey)).rejects.toThrow('Failed query');
    await refund(orderId, 1999, idempotencyKey);
    expect(await statusOf(orderId)).toBe('VOIDED');
  });
});

describe('getPayment', () => {
  it('refuses an order without a payment', async () => {
    const thrown = await client.getPayment({ orderId: 'none' }).catch((error: unknown) => error);
    expect(paymentNotFound.matches(thrown)).toBe(true);
    expect(thrown).toMatchObject({ details: { metadata: { orderId: 'none' } } });
  });

  it('answers over HTTP too', async () => {
    const orderId = uuidv7();
    await charge(orderId);

    const response = await fetch(`${service.url}/payments/${orderId}`);
    expect(await response.json()).toMatchObject({ orderId, status: 'SETTLED', amount: { minorUnits: 1999 } });
    expect((await fetch(`${service.url}/payments/none`)).status).toBe(404);
  });
});

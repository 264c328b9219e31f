import { Database } from '@fourfold/service/database';
import { inbox, outbox } from '@fourfold/service/messaging.schema';
import { createService } from '@fourfold/service/start';
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

/** Delivers the command of a queue: RabbitMQ is not needed to say it. */
const charge = (orderId: string, minorUnits = 1999, idempotencyKey = newKey()): Promise<void> =>
  service.app
    .get(PaymentsController)
    .chargePayment({ orderId, customerId: 'c-1', amount: { currencyCode: 'EUR', minorUnits } }, idempotencyKey);

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

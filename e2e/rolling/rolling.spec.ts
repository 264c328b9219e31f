import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSuccess, Load, type LoadOptions, type Result } from './load.ts';
import { Shop } from './shop.ts';

/** Requests per second. Two cores keep up with 100, which are 20 new orders; RATE=200 for more of them. */
const RATE = Number(process.env['RATE'] ?? 100);
/** Milliseconds of load before the first restart and after the last. */
const AROUND = 2000;

let shop: Shop;

/** Restarts one replica after the other under load; the next begins when the one before is ready. */
const restartUnderLoad = async (
  replicas: Shop['replicas'],
  options: Omit<LoadOptions, 'origin' | 'products'>,
): Promise<Result> => {
  const load = await Load.start({ ...options, origin: shop.url, products: shop.products });
  try {
    await sleep(AROUND);
    for (const { name, restart } of replicas) {
      load.during(`${name} restarts`);
      await restart();
    }
    load.during('all have restarted');
    await sleep(AROUND);
  } finally {
    await load.stop();
  }
  expect(load.result.sent).toBeGreaterThan(options.rate * ((2 * AROUND) / 1000));
  return load.result;
};

const print = (title: string, { sent, failed, statuses, slowest }: Result): void => {
  const count = Object.values(failed).reduce((sum, one) => sum + one, 0);
  const lines = Object.entries(failed).map(([what, times]) => `\n  ${times} x ${what}`);
  console.log(
    `${title}: ${sent} requests, ${count} failed, answers ${JSON.stringify(statuses)}, ` +
      `slowest ${slowest.milliseconds} ms (${slowest.what})${lines.join('')}`,
  );
};

describe('two replicas of every app behind nginx', () => {
  beforeAll(async () => {
    shop = await Shop.withTwoReplicas();
    console.log(`logs: ${shop.logs.join(', ')}`);
  });
  afterAll(() => shop?.close());

  it.each([
    ['connections that are kept alive', true],
    ['a new connection per request', false],
  ])('no request fails while each replica is restarted in turn: %s', async (connections, keepAlive) => {
    const gateways = shop.replicas.filter(({ name }) => name.startsWith('gateway'));
    // a request is lost only in a moment of their end, if at all: they restart three times
    const result = await restartUnderLoad([...shop.replicas, ...gateways, ...gateways], { rate: RATE, keepAlive });
    print(`rolling restart, ${connections}`, result);
    expect(result.failed).toEqual({});
  });

  it('the first event of a stream arrives within 2 s, though the stream stays open', async () => {
    await shop.withoutProgressOf('payments', async () => {
      const order = { customerId: 'c-1', lines: [{ productId: shop.products[0], quantity: 1 }] };
      const headers = { 'content-type': 'application/json' };
      const placed = await fetch(`${shop.url}/v1/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
      const { orderId } = (await placed.json()) as { orderId: string };

      const began = performance.now();
      const { body } = await fetch(`${shop.url}/v1/orders/${orderId}/events`, { signal: AbortSignal.timeout(5000) });
      const events = body!.pipeThrough(new TextDecoderStream()).getReader();
      const first = await events.read();
      const took = performance.now() - began;
      const isOpen = await Promise.race([events.read().then(() => false), sleep(1000, true)]);
      await events.cancel();

      console.log(`the first event through nginx: after ${Math.round(took)} ms`);
      expect(first.value).toContain('"status":"PENDING"');
      expect(took).toBeLessThan(2000);
      expect(isOpen).toBe(true); // otherwise nginx could have waited for its end
    });
  });
});

describe('one replica of each service', () => {
  beforeAll(async () => {
    shop = await Shop.withOneReplica();
    console.log(`logs: ${shop.logs.join(', ')}`);
  });
  afterAll(() => shop?.close());

  it('while it restarts, a request is answered within 5 s: as ever, or 503 with Retry-After', async () => {
    const services = shop.replicas.filter(({ name }) => name !== 'gateway');
    const result = await restartUnderLoad(services, {
      rate: RATE / 2,
      keepAlive: true,
      isExpected: (answer) => isSuccess(answer) || (answer.status === 503 && 'retry-after' in answer.headers),
    });
    print('each service restarts, one replica', result);
    expect(result.failed).toEqual({});
    expect(result.slowest.milliseconds).toBeLessThan(5000);
  });
});

/** Customers who order at a rate, and ask again, with the same idempotency key, until they are answered. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@fourfold/embedded-brokers/random';

/** What was ordered, and what came of it. */
export interface Ordered {
  /** The idempotency key. */
  key: string;
  customerId: string;
  /** The ids that its order was answered with: all the same, or something is wrong. */
  orderIds: Set<string>;
  /** An answer that says no. */
  refused?: string;
}

export interface CustomersOptions {
  gateways: readonly string[];
  products: readonly string[];
  seed: number;
  /** Orders per second. */
  steady: number;
  /** The same in the last `burst.seconds` of every `burst.every` seconds. */
  burst: { rate: number; every: number; seconds: number };
}

/** Milliseconds without an answer after which another gateway is asked. */
const PATIENCE = 8000;
/** Milliseconds before a request that failed is sent again, at most. */
const PAUSE = 2000;
/** While so many customers wait for an answer, no others come: a machine that is too slow is not what is tested. */
const MOST_WAITING = 40;
/** Milliseconds for which a gateway that did not answer is asked nothing, as load balancers do. */
const AVOIDED_FOR = 5000;
const TICK = 10;
const CUSTOMERS = 200;
/** In percent: orders over the limit of payments, which are cancelled. */
const TOO_DEAR = 15;
/** In percent: orders that are asked for once more though they were answered. */
const REPEATED = 5;
/** Answers that say: later. All other 4xx are final. */
const LATER = new Set([408, 409, 425, 429]);

export class Customers {
  readonly orders: Ordered[] = [];
  /** How many requests were sent, of which most had to be sent once. */
  requests = 0;
  readonly #options: CustomersOptions;
  readonly #random: Random;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #waiting = new Set<Promise<void>>();
  /** Gateways that did not answer, and until when they are avoided. */
  readonly #avoided = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #due = 0;

  constructor(options: CustomersOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  /** How many orders have no answer yet. */
  get unanswered(): number {
    return this.#waiting.size;
  }

  start(): void {
    const begin = performance.now();
    let before = begin;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#due += ((now - before) / 1000) * this.#rateAfter((now - begin) / 1000);
      before = now;
      for (; this.#due >= 1; this.#due--) if (this.#waiting.size < MOST_WAITING) void this.order();
    }, TICK);
  }

  /** No further orders; those that were begun are asked for until they are answered. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Places one order; resolves to it when it is answered. */
  async order(): Promise<Ordered> {
    const { products, seed } = this.#options;
    const number = this.orders.length;
    const ordered: Ordered = {
      key: `chaos-${seed}-${number}`,
      customerId: `c-${this.#random.below(CUSTOMERS)}`,
      orderIds: new Set(),
    };
    this.orders.push(ordered);
    const quantity = this.#random.chance(TOO_DEAR) ? 1000 : 1 + this.#random.below(3);
    const lines = [{ productId: this.#random.of(products), quantity }];
    const body = JSON.stringify({ customerId: ordered.customerId, lines });
    const isRepeated = this.#random.chance(REPEATED);
    const placing = this.#ask(ordered, body, number).then(() =>
      isRepeated ? this.#ask(ordered, body, number + 1) : undefined,
    );
    this.#waiting.add(placing);
    await placing.finally(() => this.#waiting.delete(placing));
    return ordered;
  }

  /** The status of an order, or undefined if nobody answers. */
  async statusOf(orderId: string, turn: number): Promise<string | undefined> {
    const url = `/v1/orders/${orderId}`;
    const { status, body } = await this.#exchange('GET', url, turn, 2000).catch(() => ({ status: 0, body: '' }));
    return status === 200 ? (JSON.parse(body) as { status: string }).status : undefined;
  }

  #rateAfter(seconds: number): number {
    const { steady, burst } = this.#options;
    return seconds % burst.every >= burst.every - burst.seconds ? burst.rate : steady;
  }

  async #ask(ordered: Ordered, body: string, turn: number): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      this.requests++;
      const sent = this.#exchange('POST', '/v1/orders', turn + attempt, PATIENCE, body, ordered.key);
      const answer = await sent.catch(() => undefined);
      if (answer?.status === 201)
        return void ordered.orderIds.add((JSON.parse(answer.body) as { orderId: string }).orderId);
      if (answer && answer.status >= 400 && answer.status < 500 && !LATER.has(answer.status)) {
        ordered.refused = `${answer.status} ${answer.body.slice(0, 200)}`;
        return;
      }
      await sleep(Math.min(200 * 2 ** attempt, PAUSE));
    }
  }

  /** The gateways in turn, but for those that are avoided. */
  #gatewayFor(turn: number): string {
    const { gateways } = this.#options;
    const good = gateways.filter((gateway) => (this.#avoided.get(gateway) ?? 0) < performance.now());
    const all = good.length ? good : gateways;
    return all[turn % all.length]!;
  }

  #exchange(
    method: string,
    path: string,
    turn: number,
    patience: number,
    body?: string,
    key?: string,
  ): Promise<{ status: number; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    const headers = {
      ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(key && { 'idempotency-key': key }),
    };
    const gateway = this.#gatewayFor(turn);
    const signal = AbortSignal.timeout(patience);
    const sent = request(gateway + path, { method, agent: this.#agent, headers, signal }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode!, body: text });
      } catch (thrown) {
        reject(thrown as Error);
      }
    });
    sent.on('error', (error) => {
      this.#avoided.set(gateway, performance.now() + AVOIDED_FOR);
      reject(error);
    });
    sent.end(body);
    return promise;
  }
}

/** A steady load on the shop: it places orders and reads them, without a single retry. */
import { randomUUID } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';

export interface LoadOptions {
  /** `http://127.0.0.1:3000` */
  origin: string;
  /** Requests per second, whether or not earlier ones are answered. */
  rate: number;
  /** Reuses connections; otherwise each request has its own. */
  keepAlive: boolean;
  /** The products that are ordered, one after the other. */
  products: readonly string[];
  /** Whether an answer is as it should be; by default isSuccess. */
  isExpected?: (answer: Answer) => boolean;
}

export interface Answer {
  method: Method;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Result {
  sent: number;
  /** How many requests failed, by what was sent, what was going on when they failed, and their answer or error. */
  failed: Record<string, number>;
  /** How many answers there were of each status. */
  statuses: Record<number, number>;
  slowest: { milliseconds: number; what: string };
}

type Method = 'POST' | 'GET';

/** A load that is never stopped ends after this number of requests. */
const MAX_REQUESTS = 50_000;
/** Milliseconds after which a request counts as failed. */
const NO_ANSWER_AFTER = 15_000;
const TICK = 5;
/**
 * What is sent in turn: new orders, the first order again under its Idempotency-Key, and reads of the last order. A load
 * balancer never repeats a POST by itself, and an order that is repeated costs little. An odd number of them: otherwise a load
 * balancer of two replicas would send all orders to the same one.
 */
const TURN = ['place', 'repeat', 'read', 'repeat', 'read'] as const;

const SUCCESS: Record<Method, number> = { POST: 201, GET: 200 };
/** An order is placed (201) or read (200). */
export const isSuccess = ({ method, status }: Answer): boolean => status === SUCCESS[method];

export class Load {
  /** Complete once stop() has resolved. */
  readonly result: Result = { sent: 0, failed: {}, statuses: {}, slowest: { milliseconds: 0, what: '' } };
  private readonly agent: Agent | false;
  private readonly pending = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private phase = 'all apps run';
  private lastOrder = '';
  private readonly key = randomUUID();

  private constructor(private readonly options: LoadOptions) {
    this.agent = options.keepAlive && new Agent({ keepAlive: true, maxSockets: 50 });
  }

  /** Starts with one order, which does not count. */
  static async start(options: LoadOptions): Promise<Load> {
    const load = new Load(options);
    const answer = await load.repeat();
    if (!isSuccess(answer)) throw new Error(`the first order is not placed: ${answer.status} ${answer.body}`);
    load.lastOrder = JSON.parse(answer.body).orderId;
    load.startedAt = performance.now();
    load.timer = setInterval(() => load.sendDue(), TICK);
    return load;
  }

  /** Names what happens from now on, for the report: `orders restarts`. */
  during(phase: string): void {
    this.phase = phase;
  }

  /** Waits for the answers to what was sent. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    if (this.agent) this.agent.destroy();
  }

  private sendDue(): void {
    const due = Math.min(((performance.now() - this.startedAt) / 1000) * this.options.rate, MAX_REQUESTS);
    while (this.result.sent < due) {
      const sending = this.send(this.result.sent++).finally(() => this.pending.delete(sending));
      this.pending.add(sending);
    }
  }

  private async send(number: number): Promise<void> {
    const { isExpected = isSuccess } = this.options;
    const kind = TURN[number % TURN.length]!;
    const sentAt = performance.now();
    let failure: string | undefined;
    try {
      const answer = await this[kind](number);
      this.result.statuses[answer.status] = (this.result.statuses[answer.status] ?? 0) + 1;
      if (!isExpected(answer)) failure = `${answer.status} ${reasonOf(answer)}`;
    } catch (thrown) {
      failure = (thrown as Error).message;
    }
    this.record(`${kind} while ${this.phase}`, performance.now() - sentAt, failure);
  }

  private async place(number: number): Promise<Answer> {
    const { products } = this.options;
    const product = products[Math.floor(number / TURN.length) % products.length]!;
    const answer = await this.exchange('POST', '/v1/orders', orderOf(product));
    if (isSuccess(answer)) this.lastOrder = JSON.parse(answer.body).orderId;
    return answer;
  }

  private repeat(): Promise<Answer> {
    return this.exchange('POST', '/v1/orders', orderOf(this.options.products[0]!), { 'idempotency-key': this.key });
  }

  private read(): Promise<Answer> {
    return this.exchange('GET', `/v1/orders/${this.lastOrder}`);
  }

  private record(what: string, milliseconds: number, failure: string | undefined): void {
    const { failed, slowest } = this.result;
    if (milliseconds > slowest.milliseconds) this.result.slowest = { milliseconds: Math.round(milliseconds), what };
    if (failure === undefined) return;
    const key = `${what}: ${failure}`;
    failed[key] = (failed[key] ?? 0) + 1;
  }

  private exchange(method: Method, path: string, body?: string, further?: OutgoingHttpHeaders): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const sent = request(this.options.origin + path, {
      method,
      agent: this.agent,
      headers: {
        ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...further,
      },
      signal: AbortSignal.timeout(NO_ANSWER_AFTER),
    });
    sent.on('error', (error) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${NO_ANSWER_AFTER} ms`) : error),
    );
    sent.on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      textOf(response).then((text) => resolve({ method, status, headers, body: text }), reject);
    });
    sent.end(body);
    return promise;
  }
}

const orderOf = (productId: string): string =>
  JSON.stringify({ customerId: 'c-1', lines: [{ productId, quantity: 1 }] });

const textOf = async (response: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
};

/** The reason and the detail of a problem (RFC 9457), or the title of nginx's page. */
const reasonOf = ({ body, headers }: Answer): string => {
  const retryAfter = headers['retry-after'] === undefined ? '' : ', with Retry-After';
  if (!headers['content-type']?.includes('json'))
    return (/<title>(?:\d+ )?(.*)<\/title>/.exec(body)?.[1] ?? '') + retryAfter;
  const { reason = '', detail = '' } = JSON.parse(body) as Record<string, string>;
  return `${reason} ${detail}`.slice(0, 160) + retryAfter;
};

/** The shop as processes, with a proxy between each app and each server that it needs, and one before each service that is called. */
import { setTimeout as sleep } from 'node:timers/promises';
import { apps, databaseUrl, type Need } from '@fourfold/system/system';
import { type Brokers, DEFAULT_BROKERS } from '@fourfold/system/providers/brokers';
import { toFile } from '@fourfold/system/printing/output';
import { run, type System } from '@fourfold/system/run';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import amqp from 'amqplib';
import kafkajs from 'kafkajs';
import pg from 'pg';

const VARIABLES: Record<Need, string> = { database: 'DATABASE_URL', rabbitmq: 'RABBITMQ_URL', kafka: 'KAFKA_BROKERS' };
export const LOG = `/tmp/fourfold-outages-${process.pid}.log`;

export class Shop {
  private readonly proxies = new Map<string, TcpProxy>();
  private products: string[] = [];
  private constructor(private readonly system: System) {}

  static async open(): Promise<Shop> {
    const proxies = new Map<string, TcpProxy>();
    const system = await run({
      fresh: true,
      brokers: (process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS,
      output: toFile(LOG),
      async onServers(servers) {
        for (const { name, needs } of apps)
          for (const need of needs) {
            const server = need === 'database' ? databaseUrl(servers.database!, name) : servers[need]!;
            const proxy = await TcpProxy.before(server, need === 'rabbitmq' ? 5672 : undefined);
            await proxy.open();
            proxies.set(`${name} ${need}`, proxy);
          }
      },
      environment: ({ name, needs }, environment) => {
        const through = needs.map((need) => {
          const { url, address } = proxies.get(`${name} ${need}`)!;
          return [VARIABLES[need], need === 'kafka' ? address : url];
        });
        return { ...environment, ...Object.fromEntries(through), LOG_FORMAT: 'json' };
      },
    });
    const shop = new Shop(system);
    for (const [name, proxy] of proxies) shop.proxies.set(name, proxy);
    await shop.query('inventory', 'update products set stock = 1000000');
    shop.products = (await shop.query('inventory', 'select product_id from products')).map((row) => row.product_id);
    return shop;
  }

  async close(): Promise<void> {
    await this.system.stop();
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.cut()));
  }

  /** Between an app and a server that it needs. A Kafka client finds its way around its proxy: the broker names itself. */
  proxy(app: string, need: Need): TcpProxy {
    return this.proxies.get(`${app} ${need}`)!;
  }

  signal(app: string, signal: NodeJS.Signals): void {
    this.system.signal(app, signal);
  }

  /** Asks an app's database, not through its proxy. */
  async query(app: string, text: string): Promise<any[]> {
    return this.withDatabase(app, async (client) => (await client.query(text)).rows);
  }

  async withDatabase<T>(app: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(databaseUrl(this.system.addresses.database!, app));
    await client.connect();
    return work(client).finally(() => client.end());
  }

  async readiness(app: string): Promise<{ ready: boolean; waitsFor?: Record<string, string> }> {
    return (await fetch(`${this.system.url(app)}/readyz`)).json() as never;
  }

  /** Places orders at a rate per second until `signal` aborts; resolves to the ids of those that were answered 201. */
  async placeOrders(rate: number, signal: AbortSignal): Promise<string[]> {
    const answers: Promise<string | undefined>[] = [];
    while (!signal.aborted) {
      const productId = this.products[answers.length % this.products.length]!;
      answers.push(this.placeOrder(productId).catch(() => undefined));
      await sleep(1000 / rate, undefined, { signal }).catch(() => {});
    }
    return (await Promise.all(answers)).filter((id) => id !== undefined);
  }

  private async placeOrder(productId: string): Promise<string | undefined> {
    const answer = await fetch(`${this.system.url('gateway')}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ customerId: 'c-1', lines: [{ productId, quantity: 1 }] }),
    });
    const { orderId } = (await answer.json()) as { orderId: string };
    return answer.status === 201 ? orderId : undefined;
  }

  /** How many messages are dead letters, by queue and topic. */
  async deadLetters(): Promise<Record<string, number>> {
    const { rabbitmq, kafka } = this.system.addresses;
    const model = await amqp.connect(rabbitmq!);
    const channel = await model.createChannel();
    const { messageCount } = await channel.checkQueue('payments.charge-payment.dead');
    await model.close();
    const admin = new kafkajs.Kafka({ brokers: [kafka!], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const counts: Record<string, number> = { 'payments.charge-payment.dead': messageCount };
    for (const topic of (await admin.listTopics()).filter((name) => name.endsWith('.dead')))
      counts[topic] = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    await admin.disconnect();
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count));
  }
}

/** The shop as processes, over embedded brokers in this process, which misbehave by a seed. */
import { startAmqp, type AmqpBroker } from '@fourfold/embedded-brokers/amqp';
import { type Fault, Faults, UNLUCKY } from '@fourfold/embedded-brokers/faults';
import { type KafkaBroker, startKafka } from '@fourfold/embedded-brokers/kafka';
import { toFile } from '@fourfold/system/printing/output';
import { run, type System } from '@fourfold/system/run';
import { apps, databaseUrl } from '@fourfold/system/system';
import pg from 'pg';

export const LOG = `/tmp/fourfold-faults-${process.pid}.log`;

/** A history is short: each fault happens so many times as often as it would for long. */
const TIMES = 8;
const PROFILE = Object.fromEntries(Object.entries(UNLUCKY).map(([kind, rate]) => [kind, TIMES * rate]));

/** Milliseconds before later attempts: minutes would be too long here. */
const RETRY_DELAYS_MS = '50,100,200,400,800,1600,3200';

export interface Order {
  key: string;
  customerId: string;
  productId: string;
  quantity: number;
}

export class Shop {
  /** What went wrong since `begin`, in order. */
  history: string[] = [];
  products: string[] = [];

  private constructor(
    private readonly system: System,
    private readonly brokers: { amqp: AmqpBroker; kafka: KafkaBroker; faults: Faults },
    private readonly databases: ReadonlyMap<string, pg.Pool>,
  ) {}

  static async open(): Promise<Shop> {
    let tell = (_: Fault) => {};
    const faults = new Faults({ seed: 0, profile: PROFILE, onFault: (fault) => tell(fault) });
    faults.end();
    const [amqp, kafka] = await Promise.all([startAmqp({ faults }), startKafka({ faults })]);
    const system = await run({
      fresh: true,
      output: toFile(LOG),
      environment: ({ needs }, environment) => ({
        ...environment,
        RETRY_DELAYS_MS,
        ...(needs.includes('rabbitmq') && { RABBITMQ_URL: amqp.url }),
        ...(needs.includes('kafka') && { KAFKA_BROKERS: kafka.brokers }),
      }),
    });
    const databases = new Map(
      apps
        .filter(({ needs }) => needs.includes('database'))
        .map(({ name }) => [
          name,
          new pg.Pool({
            connectionString: databaseUrl(system.addresses.database!, name),
            max: 2,
            application_name: 'faults',
          }),
        ]),
    );
    const shop = new Shop(system, { amqp, kafka, faults }, databases);
    tell = ({ kind, place }) => shop.history.push(`${kind}: ${place}`);
    const { rows } = await shop.query('inventory', 'update products set stock = 1000000 returning product_id');
    shop.products = rows.map((row) => row.product_id);
    return shop;
  }

  async close(): Promise<void> {
    await Promise.all([...this.databases.values()].map((pool) => pool.end()));
    await this.system.stop();
    await Promise.all([this.brokers.amqp.close(), this.brokers.kafka.close()]);
  }

  begin(seed: number): void {
    this.history = [];
    this.brokers.faults.begin(seed);
  }

  /** From here on the brokers behave. */
  end(): void {
    this.brokers.faults.end();
  }

  query(app: string, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return this.databases.get(app)!.query(text, values);
  }

  /** Ends all connections of an app to its database, as a failover does. */
  async endConnections(app: string): Promise<void> {
    const { rowCount } = await this.query(
      app,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> 'faults'`,
    );
    this.history.push(`the database of ${app} ends ${rowCount} connections`);
  }

  signal(app: string, signal: NodeJS.Signals): void {
    this.history.push(`${app} gets ${signal}`);
    this.system.signal(app, signal);
  }

  /** Resolves when the order is placed: asked again with the same key until it is. */
  async place(order: Order): Promise<string> {
    for (;;) {
      const orderId = await this.tryToPlace(order).catch(() => undefined);
      if (orderId) return orderId;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Whether nothing is on its way: no message with a broker or in an outbox. */
  async isAtRest(): Promise<boolean> {
    const { amqp, kafka } = this.brokers;
    if (!amqp.isEmpty || !kafka.isRead) return false;
    const waiting = await Promise.all(
      [...this.databases.keys()].map((app) =>
        this.query(app, 'select 1 from outbox where published_at is null limit 1'),
      ),
    );
    return waiting.every(({ rowCount }) => rowCount === 0) && amqp.isEmpty && kafka.isRead;
  }

  private async tryToPlace({ key, customerId, productId, quantity }: Order): Promise<string | undefined> {
    const answer = await fetch(`${this.system.url('gateway')}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ customerId, lines: [{ productId, quantity }] }),
      signal: AbortSignal.timeout(3000),
    });
    const { orderId } = (await answer.json()) as { orderId?: string };
    return answer.status === 201 || answer.status === 200 ? orderId : undefined;
  }
}

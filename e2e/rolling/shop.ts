/** The shop as processes: one of each app, or two with nginx before the gateway. */
import { type Brokers, DEFAULT_BROKERS } from '@fourfold/system/providers/brokers';
import { toFile } from '@fourfold/system/printing/output';
import { isReplicaOf } from '@fourfold/system/replicas';
import { run, type System } from '@fourfold/system/run';
import { databaseUrl } from '@fourfold/system/system';
import pg from 'pg';
import { Nginx } from '../src/nginx.ts';

export const LOG = `/tmp/fourfold-rolling-${process.pid}.log`;

/** Milliseconds that an app still serves after SIGTERM, so that its callers learn that it stops. */
const SHUTDOWN_DELAY_MS = '1000';

export class Shop {
  /** The ids of all products, of which there is plenty. */
  products: string[] = [];

  private constructor(
    private readonly system: System,
    private readonly nginx: Nginx | undefined,
  ) {}

  /** One process of each app; the gateway is called directly. */
  static async withOneReplica(): Promise<Shop> {
    return new Shop(await runSystem(1), undefined).stocked();
  }

  /** Two processes of each app; nginx stands before the gateway. */
  static async withTwoReplicas(): Promise<Shop> {
    Nginx.check();
    const system = await runSystem(2);
    try {
      const gateways = ['gateway', 'gateway 2'].map((name) => new URL(system.url(name)).host);
      return await new Shop(system, await Nginx.before(gateways)).stocked();
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  /** Where its clients send their requests. */
  get url(): string {
    return this.nginx?.url ?? this.system.url('gateway');
  }

  /** Where to read what happened. */
  get logs(): string[] {
    return [LOG, ...(this.nginx ? [this.nginx.folder] : [])];
  }

  /** Every process, in the order of a rolling restart: its name and what restarts it. */
  get replicas(): { name: string; restart: () => Promise<void> }[] {
    return this.system.replicas.map((name) => ({ name, restart: () => this.system.restart(name) }));
  }

  /** Freezes every replica of an app while `work` runs. */
  async withoutProgressOf<T>(app: string, work: () => Promise<T>): Promise<T> {
    this.signal(app, 'SIGSTOP');
    return work().finally(() => this.signal(app, 'SIGCONT'));
  }

  async close(): Promise<void> {
    await this.nginx?.stop();
    await this.system.stop();
  }

  private signal(app: string, signal: NodeJS.Signals): void {
    for (const replica of this.system.replicas.filter((name) => isReplicaOf(name, app)))
      this.system.signal(replica, signal);
  }

  private async stocked(): Promise<Shop> {
    const client = new pg.Client(databaseUrl(this.system.addresses.database!, 'inventory'));
    await client.connect();
    const { rows } = await client.query('update products set stock = 1000000 returning product_id');
    await client.end();
    this.products = rows.map((row) => row.product_id);
    return this;
  }
}

const runSystem = (replicas: number): Promise<System> =>
  run({
    fresh: true,
    replicas,
    brokers: (process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS,
    output: toFile(LOG),
    environment: (_, environment) => ({ ...environment, SHUTDOWN_DELAY_MS }),
  });

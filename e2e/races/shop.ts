/** The shop as processes, one of each app, over embedded brokers or those that BROKERS names. */
import { type Brokers, DEFAULT_BROKERS } from '@fourfold/system/providers/brokers';
import { toFile } from '@fourfold/system/printing/output';
import { run, type System } from '@fourfold/system/run';
import { apps, databaseUrl } from '@fourfold/system/system';
import pg from 'pg';
import { STOCKED } from '../faults/invariants.ts';

export const LOG = `/tmp/fourfold-races-${process.pid}.log`;

type Row = Record<string, any>;

export class Shop {
  readonly products: string[] = [];
  private readonly databases = new Map<string, pg.Pool>();

  private constructor(private readonly system: System) {
    for (const { name, needs } of apps)
      if (needs.includes('database'))
        this.databases.set(
          name,
          new pg.Pool({ connectionString: databaseUrl(system.addresses.database!, name), max: 1 }),
        );
  }

  static async open(): Promise<Shop> {
    const brokers = (process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS;
    const shop = new Shop(await run({ fresh: true, brokers, output: toFile(LOG) }));
    const rows = await shop.query('inventory', 'update products set stock = $1 returning product_id', [STOCKED]);
    shop.products.push(...rows.map(({ product_id }) => product_id));
    return shop;
  }

  get url(): string {
    return this.system.url('gateway');
  }

  readonly query = async <T extends Row = Row>(app: string, text: string, values: unknown[] = []): Promise<T[]> =>
    (await this.databases.get(app)!.query(text, values)).rows;

  async close(): Promise<void> {
    await Promise.all([...this.databases.values()].map((pool) => pool.end()));
    await this.system.stop();
  }
}

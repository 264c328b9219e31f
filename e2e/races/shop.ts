/** The shop as processes, one of each app, over embedded brokers or those that BROKERS names. */
import { type Brokers, DEFAULT_BROKERS } from '@fourfold/system/providers/brokers';
import { toFile } from '@fourfold/system/printing/output';
import { run, type System } from '@fourfold/system/run';
import { Databases } from '@fourfold/testing/databases';
import { STOCKED } from '../faults/invariants.ts';

export const LOG = `/tmp/fourfold-races-${process.pid}.log`;

type Row = Record<string, any>;

export class Shop {
  readonly products: string[] = [];
  private readonly databases: Databases;

  private constructor(private readonly system: System) {
    this.databases = new Databases(system.addresses.database!);
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
    (await this.databases.query<T>(app, text, values)).rows;

  async close(): Promise<void> {
    await this.databases.close();
    await this.system.stop();
  }
}

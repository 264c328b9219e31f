import { databaseUrl } from '@fourfold/system/system';
import pg from 'pg';

/** The databases of services on one server, asked past all proxies. */
export class Databases {
  readonly #server: string;
  readonly #applicationName: string | undefined;
  readonly #pools = new Map<string, pg.Pool>();

  /** `applicationName` is how PostgreSQL names these connections. */
  constructor(server: string, applicationName?: string) {
    this.#server = server;
    this.#applicationName = applicationName;
  }

  query<Row extends pg.QueryResultRow = any>(
    service: string,
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    return this.#poolOf(service).query<Row>(text, values);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  #poolOf(service: string): pg.Pool {
    const known = this.#pools.get(service);
    if (known) return known;
    const connectionString = databaseUrl(this.#server, service);
    const pool = new pg.Pool({ connectionString, max: 2, application_name: this.#applicationName });
    pool.on('error', () => {}); // the server may be among what is ended: the next query says so
    this.#pools.set(service, pool);
    return pool;
  }
}

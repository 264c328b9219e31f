import type { Sql, SqlDatabase } from '../src/sql.ts';
import type { Pool, PoolClient } from 'pg';

/** The driver without an ORM. */
export class PgAdapter implements SqlDatabase<PoolClient> {
  constructor(private readonly pool: Pool) {}

  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.within(this.pool).query(text, values);
  }

  within(connection: Pick<Pool, 'query'>): Sql {
    return {
      async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
        return (await connection.query<Row>(text, [...values])).rows;
      },
    };
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return inTransaction(this.pool, (client) => work(this.within(client)));
  }
}

/** What an ORM has, and the driver has not. */
export const inTransaction = async <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
};

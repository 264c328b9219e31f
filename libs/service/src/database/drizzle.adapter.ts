import type { Sql, SqlDatabase } from '@fourfold/messaging/sql';
import { Injectable } from '@nestjs/common';
import { type SQL, sql } from 'drizzle-orm';
import { Database, type Transaction } from './database.ts';

/** Drizzle as libs/messaging sees it. Another ORM needs such an adapter, and passes the suite in libs/messaging/conformance. */
@Injectable()
export class DrizzleAdapter implements SqlDatabase<Transaction> {
  constructor(private readonly database: Database) {}

  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.within(this.database).query(text, values);
  }

  within(connection: Pick<Transaction, 'execute'>): Sql {
    return {
      async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
        const { rows } = await connection.execute(statement(text, values));
        return rows as Row[];
      },
    };
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.database.transaction((transaction) => work(this.within(transaction)));
  }
}

/** Drizzle numbers the parameters itself: each `$n` of the text becomes a parameter of its own. */
const statement = (text: string, values: readonly unknown[]): SQL => {
  const parts = text.split(/\$(\d+)/);
  return sql.join(parts.map((part, index) => (index % 2 ? sql.param(values[Number(part) - 1]) : sql.raw(part))));
};

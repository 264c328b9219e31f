/** Runs one SQL statement on PostgreSQL. */
export interface Sql {
  /**
   * `$1` in `text` is the first of `values`: strings, arrays of them, dates, and objects for JSON. Statements return text,
   * numbers, booleans and JSON; none returns a timestamp or a bigint, which each driver reads in its own way.
   */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** What messaging needs of an ORM or a driver. `Transaction` is what it hands to the application. */
export interface SqlDatabase<Transaction> extends Sql {
  /** Runs statements inside the application's transaction. */
  within(transaction: Transaction): Sql;
  /** Commits what `work` did, or rolls it back if `work` rejects. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

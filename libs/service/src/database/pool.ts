import { Logger } from '@nestjs/common';
import { currentMessage, runOutside } from '@fourfold/transport/context';
import { isOutage, unavailable } from '@fourfold/transport/errors';
import { onAbort, withTimeLimit } from '@fourfold/transport/time';
import pg from 'pg';

export interface PoolOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** Connections at most: 10. */
  size?: number;
  /** Milliseconds after which PostgreSQL ends a statement, also one that waits for a lock: 8,000. */
  statementTimeout?: number;
  /** Milliseconds after which PostgreSQL ends a transaction in which nothing happens, so that a frozen process keeps no lock: 10,000. */
  idleTransactionTimeout?: number;
  /** Milliseconds to wait for a connection: 2,000. */
  connectTimeout?: number;
  /** Milliseconds without a free connection, and without one that is given back, after which they count as lost in the application: 60,000. */
  leakTimeout?: number;
}

/** Milliseconds beyond `statementTimeout` until a connection whose answer is due counts as silent. */
const ANSWER_TIMEOUT = 2000;
/** pg-pool's error if no connection became free in time. */
const ALL_IN_USE = 'timeout exceeded when trying to connect';
/** Milliseconds for PostgreSQL to close the connections at the end. */
const END_TIMEOUT = 1000;

/** Connections for what a service does itself: the outbox, listening, readiness, cancelling queries. Work never waits for them. */
const OWN_SIZE = 4;
/** PostgreSQL: the statement was cancelled. */
const QUERY_CANCELED = '57014';
/** Milliseconds for PostgreSQL to cancel a query. */
const CANCEL_TIMEOUT = 1000;

/**
 * Connections to PostgreSQL that are replaced when they are lost or go silent. What cannot be had from the database for now
 * fails with UNAVAILABLE. Queries end with the signal of the message being handled, and fail with its reason: nobody waits for
 * them any more. PostgreSQL is told to cancel what runs; of a transaction, only the rollback follows.
 */
export class Pool extends pg.Pool {
  private readonly logger = new Logger('Database');
  private readonly clients = new Set<pg.PoolClient>();
  private readonly leakTimeout: number;
  /** Connections that no message being handled can take. */
  readonly own: Pool;
  /** Since when all connections are in use, and none is given back. */
  private starvedSince?: number;

  constructor(options: PoolOptions, isOwn = false) {
    const { url, size = 10, statementTimeout = 8000, idleTransactionTimeout = 10_000, connectTimeout = 2000 } = options;
    const { leakTimeout = 60_000 } = options;
    super({
      connectionString: url,
      max: size,
      connectionTimeoutMillis: connectTimeout,
      query_timeout: statementTimeout + ANSWER_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5000,
      options: settings({
        statement_timeout: statementTimeout,
        idle_in_transaction_session_timeout: idleTransactionTimeout,
        // a client that vanished without a word keeps its locks no longer than this
        tcp_keepalives_idle: 5,
        tcp_keepalives_interval: 5,
        tcp_keepalives_count: 3,
        tcp_user_timeout: 15_000,
      }),
    });
    this.leakTimeout = leakTimeout;
    this.own = isOwn ? this : new Pool({ ...options, size: OWN_SIZE }, true);
    for (const event of ['acquire', 'release', 'remove'] as const)
      this.on(event, () => (this.starvedSince = undefined));
    this.on('error', () => {}); // of idle clients, which each client also emits
    this.on('connect', (client) => this.watch(client));
    this.on('remove', (client) => void this.clients.delete(client));
  }

  /** Whether the application keeps all connections, and only a restart helps. */
  get isLeaked(): boolean {
    return this.starvedSince !== undefined && Date.now() - this.starvedSince > this.leakTimeout;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | void {
    if (!callback) return this.take();
    super.connect((error, client, release) => callback(error && this.noConnection(error), client, release));
  }

  override query<Row extends pg.QueryResultRow = any>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
  override query(...args: any[]): any;
  override query(...args: any[]): any {
    return args.some((arg) => typeof arg === 'function')
      ? (super.query as (...all: unknown[]) => void)(...args)
      : this.queryOnce(args);
  }

  /** Resolves once all connections are closed, also those that PostgreSQL does not answer on. */
  override async end(): Promise<void> {
    if (this.own !== this) await this.own.end();
    const all = [...this.clients];
    await withTimeLimit(super.end(), END_TIMEOUT).catch(() => {
      for (const client of all) client.connection.stream.destroy();
    });
  }

  /** A client, unless the message being handled ends first. */
  private async take(): Promise<pg.PoolClient> {
    const { signal } = currentMessage() ?? {};
    signal?.throwIfAborted();
    const connecting = super.connect().then(releasableTwice, (thrown: unknown) => {
      throw this.noConnection(thrown);
    });
    if (!signal) return connecting;
    const { promise, resolve, reject } = Promise.withResolvers<pg.PoolClient>();
    const settled = onAbort(signal, () => {
      reject(signal.reason as Error);
      connecting.then(
        (client) => client.release(),
        () => {},
      );
    });
    connecting.then(resolve, reject);
    return promise.finally(settled);
  }

  private async queryOnce(args: unknown[]): Promise<unknown> {
    const client = await this.take();
    try {
      return await (client.query as (...all: unknown[]) => Promise<unknown>)(...args);
    } finally {
      client.release();
    }
  }

  /** Resolves when PostgreSQL has been told: later it could cancel the next query of the connection. */
  private async cancel({ processID }: pg.PoolClient): Promise<void> {
    const cancelled = runOutside(() => this.own.query('select pg_cancel_backend($1)', [processID]));
    await withTimeLimit(cancelled, CANCEL_TIMEOUT).catch(() => {});
  }

  private noConnection(cause: unknown) {
    if (cause instanceof Error && cause.message === ALL_IN_USE) this.starvedSince ??= Date.now();
    return unavailable('the database is unavailable', cause);
  }

  private watch(client: pg.PoolClient): void {
    this.clients.add(client);
    // the pool does not listen while a client is in use: without a listener a lost connection ends the process (brianc/node-postgres#2439)
    client.on('error', (error) => this.logger.warn(`lost a connection: ${error.message}`));
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      const { signal } = currentMessage() ?? {};
      if (signal?.aborted && !isRollback(args[0])) {
        if (isBegin(args[0])) client.release(); // see releasableTwice
        return Promise.reject(signal.reason as Error);
      }
      const result = query(...args);
      if (!(result instanceof Promise)) return result;
      result.catch((thrown: unknown) => void (isBroken(thrown) && client.release(true)));
      return signal && !isBoundary(args[0]) ? this.until(signal, result, client) : result;
    }) as typeof client.query;
  }

  private async until<T>(signal: AbortSignal, result: Promise<T>, client: pg.PoolClient): Promise<T> {
    let cancelling: Promise<void> | undefined;
    const settled = onAbort(signal, () => (cancelling = this.cancel(client)));
    try {
      return await result;
    } catch (thrown) {
      const isCancelled = signal.aborted && (thrown as pg.DatabaseError).code === QUERY_CANCELED;
      throw isCancelled ? signal.reason : thrown;
    } finally {
      settled();
      await cancelling;
    }
  }
}

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: unknown) => void,
) => void;

/**
 * Drizzle takes the client before its `try`, so it never gives back one on which `begin` failed, and it gives back one whose
 * answer is still due without saying so (drizzle-orm 0.45, node-postgres/session.js). So a broken client goes at once.
 */
const releasableTwice = (client: pg.PoolClient): pg.PoolClient => {
  const { release } = client;
  let isReleased = false;
  client.release = (error) => {
    if (isReleased) return;
    isReleased = true;
    release(error);
  };
  return client;
};

/** Whether the connection is of no use any more, rather than the statement wrong or too slow. */
const isBroken = (thrown: unknown): boolean =>
  thrown instanceof pg.DatabaseError ? /^(08|57P)/.test(thrown.code ?? '') : isOutage(thrown);

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { text?: string } | undefined)?.text);
const isBegin = (query: unknown): boolean => /^\s*begin\b/i.test(textOf(query));
const isRollback = (query: unknown): boolean => /^\s*rollback\b/i.test(textOf(query));
/** It begins or ends a transaction: that is quick, and its outcome must be known. */
const isBoundary = (query: unknown): boolean => /^\s*(begin|commit|rollback)\b/i.test(textOf(query));

const settings = (values: Record<string, number>): string =>
  Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

declare module 'pg' {
  interface ClientBase {
    /** PostgreSQL's process of this connection. */
    readonly processID: number;
    /** Private in @types/pg; a test closes a silent pool with it. Seen in pg 8.23. */
    readonly connection: { stream: { destroy(): void } };
  }
}

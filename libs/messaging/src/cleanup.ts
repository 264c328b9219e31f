import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { causeOf } from '@fourfold/transport/errors';
import type { Sql } from './sql.ts';

/** Milliseconds that rows are kept. */
export interface Ages {
  /** Published messages. */
  outbox: number;
  /** Messages whose effect has happened: longer than any of them may be delivered again. */
  inbox: number;
  /** Requests by their idempotency key. */
  requests: number;
}

/** Milliseconds between two clean-ups. */
const INTERVAL = 60_000;
/** Rows per statement, so that none takes long; replicas delete side by side. */
const BATCH = 1000;

/** Rows deleted in one run, from which on the table is vacuumed. */
const VACUUM_FROM = 10_000;

/** Deletes old rows of the outbox, the inbox and the idempotent requests; a table that the service does not have is left out. */
export class Cleanup {
  private readonly logger = new Logger(Cleanup.name);
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  constructor(
    private readonly database: Sql,
    private readonly ages: Ages,
  ) {}

  start(): void {
    this.running ??= this.repeat();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Deletes all that is old now. */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    for (const [table, statement, age] of [
      ['outbox', OUTBOX, this.ages.outbox],
      ['inbox', INBOX, this.ages.inbox],
      ['idempotent_requests', REQUESTS, this.ages.requests],
    ] as const) {
      const [found] = await this.database.query<{ isThere: boolean }>(EXISTS, [table]);
      if (!found?.isThere) continue;
      let deleted = 0;
      for (let count = BATCH; count === BATCH && !signal.aborted; deleted += count)
        count = (await this.database.query(statement, [age])).length;
      // a table that has shrunk is as fast as an empty one only once its indexes are cleaned; autovacuum may take a minute
      if (deleted >= VACUUM_FROM) await this.database.query(`vacuum (analyze) ${table}`);
    }
  }

  private async repeat(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(INTERVAL * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await this.run().catch((thrown: unknown) => this.logger.warn(`cannot delete old rows: ${causeOf(thrown)}`));
    }
  }
}

const EXISTS = `select to_regclass($1) is not null as "isThere"`;

const deleteFrom = (table: string, key: string, time: string) => `
  delete from ${table} where (${key}) in (
    select ${key} from ${table} where ${time} < now() - $1::float8 * interval '1 millisecond'
    order by ${time} limit ${BATCH} for update skip locked
  ) returning 1 as deleted`;

const OUTBOX = deleteFrom('outbox', 'position', 'published_at');
const INBOX = deleteFrom('inbox', 'source, id', 'received_at');
const REQUESTS = deleteFrom('idempotent_requests', 'operation, caller, source, id', 'requested_at');

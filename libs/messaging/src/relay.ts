import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { causeOf } from '@fourfold/transport/errors';
import { backoff } from '@fourfold/transport/time';
import type { OutgoingMessage, Publisher } from '@fourfold/transport/transport';
import type { SqlDatabase } from './sql.ts';

const BATCH = 200;
/** Milliseconds between polls, in case a NOTIFY was missed. */
const POLL = 1000;
/** Milliseconds after the first failure, doubled after each one that follows. */
const RETRY = 200;

/**
 * Publishes one kind of message from the outbox, in order, and marks it. At least once: after a crash between the broker's
 * confirm and the mark it publishes again, and the consumer's inbox drops the second.
 */
export class Relay {
  private readonly logger = new Logger(Relay.name);
  private readonly stopping = new AbortController();
  private woken = Promise.withResolvers<void>();
  private running?: Promise<void>;

  constructor(
    private readonly database: Pick<SqlDatabase<never>, 'transaction'>,
    private readonly kind: OutgoingMessage['kind'],
    private readonly publisher: Pick<Publisher, 'publish'>,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  wake(): void {
    this.woken.resolve();
  }

  /** Resolves once the current batch is marked. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      this.woken = Promise.withResolvers<void>();
      try {
        const published = await this.publishBatch();
        failures = 0;
        if (!published) await Promise.race([this.woken.promise, sleep(POLL, undefined, { signal }).catch(() => {})]);
      } catch (thrown) {
        const pause = Math.round(backoff(++failures, RETRY));
        this.logger.warn(`cannot publish ${this.kind}s: ${causeOf(thrown)}; retrying in ${pause} ms`);
        await sleep(pause, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** The number of messages that were published; none while the relay of another replica holds the lock. */
  private publishBatch(): Promise<number> {
    return this.database.transaction(async (sql) => {
      const [lock] = await sql.query<{ held: boolean }>(LOCK, [`outbox ${this.kind}`]);
      if (!lock?.held) return 0;
      const rows = await sql.query<Row>(NEXT, [this.kind]);
      if (!rows.length) return 0;
      await this.publisher.publish(rows.map(messageOf));
      await sql.query(MARK, [rows.map(({ position }) => position)]);
      return rows.length;
    });
  }
}

type Row = Omit<OutgoingMessage, 'createdAt'> & { position: string; createdAt: number };

const messageOf = ({ position: _, createdAt, ...message }: Row): OutgoingMessage => ({
  ...message,
  createdAt: new Date(createdAt),
});

/**
 * One relay per kind at a time, among all replicas: a second one would overtake the first. Rejected: `for update skip locked`.
 * Three replicas then take half of the time (bench/statements.ts), but publish in no order.
 */
const LOCK = `select pg_try_advisory_xact_lock(hashtext($1)) as held`;

/** A position is a bigint, so it is read as text; the order is that of the column. */
const NEXT = `
  select position::text, id, kind, type, destination, key, body, metadata,
    (extract(epoch from created_at) * 1000)::float8 as "createdAt"
  from outbox
  where kind = $1 and published_at is null
  order by outbox.position
  limit ${BATCH}`;

/**
 * Rejected: `delete`, in 0.7 of the time (bench/statements.ts); but then nobody can look up what was published. Rejected:
 * `position <= $1`, no faster, and it marks messages that were not read: a lower position may be committed later.
 */
const MARK = `update outbox set published_at = now() where position = any($1::bigint[])`;

import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { causeOf } from '@fourfold/transport/errors';
import type { OutgoingMessage, Outcome, Publisher } from '@fourfold/transport/transport';
import { FailingDestinations, pauseAfter } from './destinations.ts';
import { Lease } from './lease.ts';
import type { Sql } from './sql.ts';

const BATCH = 200;
/** Milliseconds between polls, in case a NOTIFY was missed. */
const POLL = 1000;

export interface RelayOptions {
  kind: OutgoingMessage['kind'];
  publisher: Pick<Publisher, 'publish'>;
  /** Whether later messages of a key wait for one that its broker has refused: `pass`. */
  onDead?: 'pass' | 'hold';
}

/**
 * Publishes one kind of message from the outbox, in order, and marks it. At least once: after a crash between the broker's
 * confirm and the mark it publishes again, and the consumer's inbox drops the second. No transaction is open meanwhile.
 */
export class Relay {
  private readonly logger = new Logger(Relay.name);
  private readonly stopping = new AbortController();
  private readonly lease: Lease;
  private readonly failing = new FailingDestinations();
  private readonly next: string;
  private readonly oldest: string;
  private woken = Promise.withResolvers<void>();
  private running?: Promise<void>;
  /** Why messages cannot be published now, in words. */
  private reason?: string;

  constructor(
    private readonly database: Sql,
    private readonly options: RelayOptions,
  ) {
    this.lease = new Lease(database, `outbox ${options.kind}`);
    const waiting = options.onDead === 'hold' ? WAITING_NOT_HELD : WAITING;
    this.next = nextOf(waiting);
    this.oldest = oldestOf(waiting);
  }

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
    await this.lease.release();
  }

  /** Seconds for which the oldest message waits to be published; one that is parked or held does not. */
  async age(): Promise<number> {
    const [oldest] = await this.database.query<{ seconds: number }>(this.oldest, [this.options.kind]);
    return oldest?.seconds ?? 0;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      this.woken = Promise.withResolvers<void>();
      try {
        const handed = await this.publishBatch();
        failures = 0;
        const reason = this.failing.reason();
        this.log(reason && ` to ${reason}`);
        const pause = this.failing.pause() ?? POLL;
        if (!handed) await Promise.race([this.woken.promise, sleep(pause, undefined, { signal }).catch(() => {})]);
      } catch (thrown) {
        this.log(`: ${causeOf(thrown)}`);
        await sleep(pauseAfter(++failures), undefined, { signal }).catch(() => {});
      }
    }
  }

  /** One line when messages cannot be published, and for each further reason; one when they can again. */
  private log(reason: string | undefined): void {
    if (reason === this.reason) return;
    const { kind } = this.options;
    if (reason === undefined) this.logger.log(`${kind}s are published again`);
    else this.logger.warn(`cannot publish ${kind}s${reason}; they wait in the outbox`);
    this.reason = reason;
  }

  /** How many messages were handed to the broker; none while the relay of another replica has the lease. */
  private async publishBatch(): Promise<number> {
    const { kind, publisher } = this.options;
    const paused = this.failing.paused();
    const isHeld = await this.lease.hold();
    const rows = isHeld ? this.sendable(await this.database.query<Row>(this.next, [kind, paused])) : [];
    if (!isHeld || (!rows.length && !paused.length)) this.failing.clear();
    if (!rows.length || !(await this.lease.hold())) return 0; // a replica that was frozen while it read has lost it
    const outcomes = await this.lease.during(() => publisher.publish(rows.map(messageOf)));
    await this.mark(rows, outcomes);
    this.note(rows, outcomes);
    return rows.length;
  }

  private note(rows: Row[], outcomes: readonly Outcome[]): void {
    const errors = new Map<string, Error | undefined>();
    for (const [at, { destination }] of rows.entries()) {
      const outcome = outcomes[at];
      const error = outcome && !outcome.isFinal ? outcome.error : undefined;
      errors.set(destination, errors.get(destination) ?? error);
    }
    for (const [destination, error] of errors)
      if (error) this.failing.failed(destination, error);
      else this.failing.succeeded(destination);
  }

  /** A refused message can hold its key only if those behind it are not handed over with it. */
  private sendable(rows: Row[]): Row[] {
    if (this.options.onDead !== 'hold') return rows;
    const keys = new Set<string>();
    return rows.filter(({ destination, key }) => {
      const place = JSON.stringify([destination, key]);
      return !key || (!keys.has(place) && keys.add(place));
    });
  }

  private async mark(rows: Row[], outcomes: readonly Outcome[]): Promise<void> {
    const published = rows.filter((_, at) => !outcomes[at]).map(({ position }) => position);
    if (published.length) await this.database.query(MARK, [published]);
    for (const [at, { position, id, type }] of rows.entries()) {
      const outcome = outcomes[at];
      if (!outcome?.isFinal) continue;
      const reason = causeOf(outcome.error);
      await this.database.query(PARK, [position, reason]);
      this.logger.error(`${type} ${id} is parked in the outbox, its broker refuses it: ${reason}`);
    }
  }
}

type Row = Omit<OutgoingMessage, 'createdAt'> & { position: string; createdAt: number };

const messageOf = ({ position: _, createdAt, ...message }: Row): OutgoingMessage => ({
  ...message,
  createdAt: new Date(createdAt),
});

const WAITING = 'kind = $1 and published_at is null and parked_at is null';
const WAITING_NOT_HELD = `${WAITING} and not exists (
    select from outbox as earlier
    where earlier.parked_at is not null and earlier.kind = outbox.kind and earlier.destination = outbox.destination
      and earlier.key = outbox.key and outbox.key <> '' and earlier.position < outbox.position
  )`;

/** A position is a bigint, so it is read as text; the order is that of the column. */
const nextOf = (waiting: string) => `
  select position::text, id, kind, type, destination, key, body, metadata,
    (extract(epoch from created_at) * 1000)::float8 as "createdAt"
  from outbox where ${waiting} and destination <> all($2::text[]) order by outbox.position limit ${BATCH}`;

const oldestOf = (waiting: string) => `
  select extract(epoch from now() - created_at)::float8 as seconds
  from outbox where ${waiting} order by outbox.position limit 1`;

/**
 * Rejected: `delete`, in 0.7 of the time (bench/statements.ts); but then nobody can look up what was published. Rejected:
 * `position <= $1`, no faster, and it marks messages that were not read: a lower position may be committed later.
 */
const MARK = `update outbox set published_at = now() where position = any($1::bigint[])`;

/** What another replica has published meanwhile stays published. */
const PARK = `
  update outbox set parked_at = now(), parked_reason = $2 where position = $1::bigint and published_at is null`;

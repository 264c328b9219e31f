import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { OutgoingMessage, Publisher } from '@fourfold/transport/transport';
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { outbox } from './schema.ts';

const BATCH = 200;
/** Milliseconds between looks when no NOTIFY came: a missed one costs no more. */
const POLL = 1000;
const LONGEST_PAUSE = 10_000;

/**
 * Takes one kind of message from the outbox to its broker, in order, and marks it. At least once: a crash between the
 * broker's confirm and the mark publishes again, and the consumer's inbox drops the second.
 */
export class Relay {
  private readonly logger = new Logger(Relay.name);
  private readonly stopping = new AbortController();
  private woken = Promise.withResolvers<void>();
  private running?: Promise<void>;

  constructor(
    private readonly pool: Pool,
    private readonly kind: OutgoingMessage['kind'],
    private readonly publisher: Pick<Publisher, 'publish'>,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  wake(): void {
    this.woken.resolve();
  }

  /** Resolves once the batch in hand is marked. */
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
        const pause = Math.min(LONGEST_PAUSE, 200 * 2 ** failures++);
        this.logger.warn(`${this.kind}s wait in the outbox: ${(thrown as Error).message}; again in ${pause} ms`);
        await sleep(pause, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** How many it published. One relay a kind at a time, among all replicas: a second would overtake the first. */
  private publishBatch(): Promise<number> {
    const database: NodePgDatabase = drizzle(this.pool);
    return database.transaction(async (transaction) => {
      const { rows } = await transaction.execute<{ mine: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtext(${`outbox ${this.kind}`})) as mine`,
      );
      if (!rows[0]?.mine) return 0;
      const batch = await transaction
        .select()
        .from(outbox)
        .where(and(eq(outbox.kind, this.kind), isNull(outbox.publishedAt)))
        .orderBy(asc(outbox.position))
        .limit(BATCH);
      if (!batch.length) return 0;
      await this.publisher.publish(batch);
      const positions = batch.map(({ position }) => position);
      await transaction
        .update(outbox)
        .set({ publishedAt: sql`now()` })
        .where(inArray(outbox.position, positions));
      return batch.length;
    });
  }
}

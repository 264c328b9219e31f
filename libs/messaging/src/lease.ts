import { randomUUID } from 'node:crypto';
import type { Sql } from './sql.ts';

/** Milliseconds after which another replica may take over from one that died or froze. */
const DURATION = 5000;
/** Milliseconds after which a lease is renewed. */
const RENEW = 2000;

/**
 * What one of several replicas has at a time, by a row in the database and the database's clock.
 *
 * Rejected: an advisory lock. In a transaction it keeps the transaction open while a broker is waited for (bench/relay.bench.spec.ts); in
 * a session it stays with a process that is frozen. Rejected: rows of the outbox taken with `for update skip locked`: replicas
 * then publish in no order.
 */
export class Lease {
  private readonly owner = randomUUID();
  /** `performance.now()` from which on it must be renewed. It goes on while the process is frozen. */
  private renewAt = 0;

  constructor(
    private readonly database: Sql,
    private readonly name: string,
  ) {}

  /** Takes or renews it; whether it is ours. */
  async hold(): Promise<boolean> {
    const asked = performance.now();
    if (asked < this.renewAt) return true;
    const held = await this.database.query(HOLD, [this.name, this.owner, DURATION]);
    this.renewAt = held.length ? asked + RENEW : 0;
    return held.length > 0;
  }

  /** Keeps it while `work` lasts. If it is lost nevertheless, the next `hold` says so. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.hold().catch(() => {}), RENEW);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /** Another replica may take it at once. */
  async release(): Promise<void> {
    this.renewAt = 0;
    await this.database.query(RELEASE, [this.name, this.owner]).catch(() => {}); // it then runs out
  }
}

const HOLD = `
  insert into leases as held (name, owner, expires_at)
  values ($1, $2, now() + $3::int * interval '1 millisecond')
  on conflict (name) do update set owner = excluded.owner, expires_at = excluded.expires_at
  where held.owner = excluded.owner or held.expires_at < now()
  returning 1 as held`;

const RELEASE = `delete from leases where name = $1 and owner = $2`;

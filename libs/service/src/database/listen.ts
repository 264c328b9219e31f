import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

/** Milliseconds between two questions to PostgreSQL, so that a silent connection is noticed. */
const HEARTBEAT = 10_000;
const RETRY = 1000;

/** Calls back on every NOTIFY of a channel, and with '' after each (re)connection: what was notified before it is not repeated. */
export const listenTo = (
  pool: Pool,
  channel: string,
  onNotify: (payload: string) => void,
  heartbeat = HEARTBEAT,
): (() => Promise<void>) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = once(signal, 'abort');
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});

  const run = async () => {
    while (!signal.aborted) {
      const client = await pool.connect().catch(() => undefined);
      const listened = client && (await listen(client));
      if (!listened) await wait(RETRY);
    }
  };
  /** Resolves when the connection is lost or silent, or listening stops; to false if it could not begin. */
  const listen = async (client: PoolClient): Promise<boolean> => {
    const lost = once(client, 'error');
    client.on('notification', ({ payload }) => onNotify(payload ?? ''));
    try {
      await client.query(`listen ${channel}`);
      onNotify('');
      await Promise.race([lost, stopped, silence(client)]);
      return true;
    } catch {
      return false;
    } finally {
      client.release(true);
    }
  };
  /** Resolves when PostgreSQL does not answer within the pool's time for a query. */
  const silence = async (client: PoolClient): Promise<void> => {
    try {
      while (!signal.aborted) {
        await wait(heartbeat);
        if (!signal.aborted) await client.query('select 1');
      }
    } catch {
      // the connection is of no use
    }
  };
  const running = run();
  return () => {
    stopping.abort();
    return running;
  };
};

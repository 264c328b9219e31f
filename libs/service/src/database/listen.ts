import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

/** Calls back on every NOTIFY of a channel, and with '' after each (re)connection: what was notified before it is not repeated. */
export const listenTo = (pool: Pool, channel: string, onNotify: (payload: string) => void): (() => Promise<void>) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = once(signal, 'abort');

  const run = async () => {
    while (!signal.aborted) {
      const client = await pool.connect().catch(() => undefined);
      const listened = client && (await listen(client));
      if (!listened) await sleep(1000, undefined, { signal }).catch(() => {});
    }
  };
  /** Resolves when the connection is lost or listening stops; to false if it could not begin. */
  const listen = async (client: PoolClient): Promise<boolean> => {
    const lost = once(client, 'error');
    client.on('notification', ({ payload }) => onNotify(payload ?? ''));
    try {
      await client.query(`listen ${channel}`);
      onNotify('');
      await Promise.race([lost, stopped]);
      return true;
    } catch {
      return false;
    } finally {
      client.release(true);
    }
  };
  const running = run();
  return () => {
    stopping.abort();
    return running;
  };
};

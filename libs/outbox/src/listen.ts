import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

/** Calls back on every NOTIFY of a channel, and once after each (re)connection: what came meanwhile is not repeated. */
export const listenTo = (pool: Pool, channel: string, onNotify: (payload: string) => void): (() => Promise<void>) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  let client: PoolClient | undefined;

  const run = async () => {
    while (!signal.aborted) {
      const connected = await connect().catch(() => undefined);
      if (!connected) await sleep(1000, undefined, { signal }).catch(() => {});
      else await connected.lost;
    }
  };
  const connect = async () => {
    client = await pool.connect();
    const lost = Promise.withResolvers<void>();
    client.on('notification', ({ payload }) => onNotify(payload ?? ''));
    client.once('error', () => lost.resolve());
    signal.addEventListener('abort', () => lost.resolve(), { once: true });
    await client.query(`listen ${channel}`).catch((thrown: unknown) => {
      client!.release(true);
      throw thrown;
    });
    onNotify('');
    return { lost: lost.promise.then(() => client?.release(true)) };
  };
  const running = run();
  return async () => {
    stopping.abort();
    await running;
  };
};

import { withTimeLimit } from '@fourfold/transport/time';
import type { Server } from '@fourfold/transport/transport';
import type { Readiness } from '../health/readiness.ts';

interface Stopping {
  readiness: Readiness;
  servers: Server[];
  /** Milliseconds for work in flight. */
  limit: number;
}

/** Milliseconds beyond the drain, for closing connections. */
const CLOSING = 2000;

/**
 * Readiness off, consumers stop and finish what they have, then everything closes. Nest alone keeps consuming while HTTP
 * drains. Rejects when the limit is exceeded; what a broker handed out is then delivered again.
 */
export const shutdown = async ({ readiness, servers, limit }: Stopping): Promise<void> => {
  readiness.stop();
  for (const server of servers) server.setServing?.(false);
  await withTimeLimit(Promise.all(servers.map((server) => server.drain?.())), limit);
  await withTimeLimit(Promise.all(servers.map((server) => server.close())), limit + CLOSING);
};

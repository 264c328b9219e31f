import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeLimit } from '@fourfold/transport/time';
import type { Server } from '@fourfold/transport/transport';
import type { ServiceConfig } from '../config.ts';
import type { Readiness } from '../health/readiness.ts';

interface Stopping {
  readiness: Readiness;
  servers: Server[];
  /** Milliseconds in which requests are still answered. */
  delay: number;
  /** Milliseconds for work in flight. */
  limit: number;
}

/** Milliseconds beyond delay and limit, for closing connections. */
const CLOSING = 3000;

/** Milliseconds in which requests are still answered after SIGTERM. */
export const shutdownDelayOf = ({ SHUTDOWN_DELAY_MS, NODE_ENV }: ServiceConfig): number =>
  SHUTDOWN_DELAY_MS ?? (NODE_ENV === 'production' ? 5000 : 0);

/** Milliseconds that a service takes to stop, at most: the grace period of its orchestrator must be longer. */
export const longestShutdown = (config: ServiceConfig): number =>
  shutdownDelayOf(config) + config.SHUTDOWN_TIMEOUT_MS + CLOSING;

/**
 * Readiness off, and consumers take nothing more; after the delay no request is taken any more either. What is in flight is
 * finished, then everything closes. Nest alone keeps consuming while HTTP drains. Rejects when the limit is exceeded; what a
 * broker handed out is then delivered again.
 */
export const shutdown = async ({ readiness, servers, delay, limit }: Stopping): Promise<void> => {
  readiness.stop();
  for (const server of servers) server.setServing?.(false);
  const drained = Promise.all(servers.map((server) => server.drain?.()));
  drained.catch(() => {}); // it is awaited after the delay
  await sleep(delay);
  const closed = drained.then(() => Promise.all(servers.map((server) => server.close())));
  await withTimeLimit(closed, limit + CLOSING);
};

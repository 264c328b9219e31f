import type { INestApplication } from '@nestjs/common';
import { withTimeLimit } from '@fourfold/transport/time-limit';
import type { EventStreams } from './http.ts';
import type { Readiness } from './readiness.ts';
import type { RunningServer } from './servers.ts';

interface Stopping {
  app: INestApplication;
  readiness: Readiness;
  streams: EventStreams;
  servers: RunningServer[];
  /** Milliseconds for work in flight. */
  limit: number;
}

/** Time beyond the drain for closing connections. */
const CLOSING = 2000;

/**
 * Readiness off, consumers stop and finish what they have, then everything closes. Nest alone keeps consuming while HTTP drains.
 * Rejects when the limit is not kept; what a broker handed out is then delivered again.
 */
export const shutdown = async ({ app, readiness, streams, servers, limit }: Stopping): Promise<void> => {
  readiness.stop();
  await withTimeLimit(Promise.all(servers.map(({ stopConsuming }) => stopConsuming?.())), limit);
  const closed = app.close();
  streams.end();
  await withTimeLimit(closed, limit + CLOSING);
};

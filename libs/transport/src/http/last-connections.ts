import type { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that the listener waits at most for a turn of the event loop in which no connection comes. */
const LAST_CONNECTIONS = 100;

/** Milliseconds that a turn takes in which nothing happens. */
const QUIET_TURN = 0.3;

/**
 * Resolves right after the event loop has looked for new connections and found none. The operating system resets those that it
 * has accepted and the process has not, once the listener closes; a load balancer does not send their requests again.
 */
export const untilNoneComes = async (server: NetServer): Promise<void> => {
  let connections = 0;
  const count = () => connections++;
  server.on('connection', count);
  const end = performance.now() + LAST_CONNECTIONS;
  await nextTurn(); // which may still belong to the turn that runs
  for (let began = 0, before = -1; performance.now() < end;) {
    [began, before] = [performance.now(), connections];
    await nextTurn();
    if (connections === before && performance.now() - began < QUIET_TURN) break;
  }
  server.off('connection', count);
};

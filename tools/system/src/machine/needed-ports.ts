import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../system.ts';
import { StartError } from '../start.error.ts';
import { isFree } from './free-ports.ts';

/** A port that is about to be listened on, and by what: `orders (HTTP)`. */
export interface PortUse {
  port: number;
  neededBy: string;
}

/** Milliseconds; longer than a system holds the port of a closed connection. */
const TIME_WAIT_LIMIT = 65_000;

/**
 * Throws one StartError that names every port in use and what needs it. `onWaiting`: a connection still holds the port;
 * that is waited for until `limit`, in milliseconds.
 */
export async function checkPorts(
  uses: readonly PortUse[],
  onWaiting: (use: PortUse) => void = () => {},
  limit = TIME_WAIT_LIMIT,
): Promise<void> {
  const remedies = await Promise.all(uses.map((use) => remedyOf(use, onWaiting, limit)));
  const lines = uses.flatMap(({ port, neededBy }, at) =>
    remedies[at] ? [`Port ${port} is in use, but ${neededBy} needs it: ${remedies[at]}`] : [],
  );
  if (lines.length) throw new StartError(lines.join('\n'));
}

/**
 * How to free a port that stays in use; undefined if it is free. gRPC's ports are in Linux's range for outgoing connections:
 * for a minute after such a connection was closed, no program can listen on its port (TIME_WAIT, RFC 9293).
 */
async function remedyOf(use: PortUse, onWaiting: (use: PortUse) => void, limit: number): Promise<string | undefined> {
  const latest = Date.now() + limit;
  for (let reported = false; !(await isFree(use.port)); reported = true) {
    if (await answers(use.port)) return 'stop the program that listens on it';
    if (Date.now() > latest) return 'close the connection that another program has on it';
    if (!reported) onWaiting(use);
    await delay(500);
  }
  return undefined;
}

function answers(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

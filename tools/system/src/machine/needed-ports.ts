import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../system.ts';
import { StartError } from '../start.error.ts';
import { isFree } from './free-ports.ts';

/** A port that somebody is going to listen on. */
export interface PortUse {
  port: number;
  neededBy: string;
}

/** Longer than systems keep the port of a closed connection, in milliseconds. */
const TIME_WAIT_LIMIT = 65_000;

/** Throws one StartError that names every port which is taken, and who needs it. */
export async function checkPorts(
  uses: readonly PortUse[],
  onWaiting: (use: PortUse) => void = () => {},
): Promise<void> {
  const remedies = await Promise.all(uses.map((use) => remedyOf(use, onWaiting)));
  const lines = uses.flatMap(({ port, neededBy }, at) =>
    remedies[at] ? [`Port ${port} is in use, and ${neededBy} needs it: ${remedies[at]}`] : [],
  );
  if (lines.length) throw new StartError(lines.join('\n'));
}

/**
 * What to do about a port that is not free, nor becomes so. Ports of gRPC are in the range that Linux gives to outgoing
 * connections: for a minute after one of these was closed nobody can listen on its port (TIME_WAIT, RFC 9293), though nobody does.
 */
async function remedyOf(use: PortUse, onWaiting: (use: PortUse) => void): Promise<string | undefined> {
  const latest = Date.now() + TIME_WAIT_LIMIT;
  for (let told = false; !(await isFree(use.port)); told = true) {
    if (await answers(use.port)) return 'stop what listens there';
    if (Date.now() > latest) return 'another program has a connection there, end that';
    if (!told) onWaiting(use);
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

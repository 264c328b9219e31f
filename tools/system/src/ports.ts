import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from './system.ts';
import { StartError } from './start.error.ts';

/** A port that somebody is going to listen on. */
export interface PortUse {
  port: number;
  neededBy: string;
}

/** Longer than systems keep the port of a closed connection, in milliseconds. */
const LINGER = 65_000;

/** Throws one StartError that names every port which is taken, and who needs it. */
export async function checkPorts(uses: readonly PortUse[], onLinger: (use: PortUse) => void = () => {}): Promise<void> {
  const remedies = await Promise.all(uses.map((use) => remedyOf(use, onLinger)));
  const lines = uses.flatMap(({ port, neededBy }, at) =>
    remedies[at] ? [`Port ${port} is in use, and ${neededBy} needs it: ${remedies[at]}`] : [],
  );
  if (lines.length) throw new StartError(lines.join('\n'));
}

// Below the range from which systems give ports to outgoing connections: none can take one between the look and its use.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const BLOCK = 40;

/** The ports of this process that were not handed out yet. */
let block: number[] = [];

/** Ports that are free, each handed out once, from blocks that are this process's own: runs side by side never meet. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = block.shift();
    if (port === undefined) block = await claimBlock();
    else if (await isFree(port)) found.push(port);
  }
  return found;
}

/** Listens on the first port of a block for as long as this process lives: whoever cannot knows that the block is taken. */
async function claimBlock(): Promise<number[]> {
  const blocks = (HIGHEST - LOWEST) / BLOCK;
  const from = Math.floor(Math.random() * blocks);
  for (let offset = 0; offset < blocks; offset++) {
    const first = LOWEST + ((from + offset) % blocks) * BLOCK;
    const guard = createServer().unref();
    const isOurs = await new Promise<boolean>((resolve) => {
      guard.once('error', () => resolve(false)).listen(first, HOST, () => resolve(true));
    });
    if (isOurs) return Array.from({ length: BLOCK - 1 }, (_, index) => first + 1 + index);
  }
  throw new StartError(`There are no free ports between ${LOWEST} and ${HIGHEST}`);
}

/**
 * What to do about a port that is not free, nor becomes so. Ports of gRPC are in the range that Linux gives to outgoing
 * connections: for a minute after one of these was closed nobody can listen on its port (TIME_WAIT, RFC 9293), though nobody does.
 */
async function remedyOf(use: PortUse, onLinger: (use: PortUse) => void): Promise<string | undefined> {
  const latest = Date.now() + LINGER;
  for (let told = false; !(await isFree(use.port)); told = true) {
    if (await answers(use.port)) return 'stop what listens there';
    if (Date.now() > latest) return 'another program has a connection there, end that';
    if (!told) onLinger(use);
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

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

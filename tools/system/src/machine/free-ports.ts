import { createServer } from 'node:net';
import { HOST } from '../system.ts';
import { StartError } from '../start.error.ts';

// Below the range of ports for outgoing connections, so that none of these takes a port between the check and its use.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const BLOCK = 40;

/** Ports of this process that are still to be handed out. */
let block: number[] = [];

/** Free ports, each handed out once, from blocks that belong to this process, so that runs side by side do not collide. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = block.shift();
    if (port === undefined) block = await claimBlock();
    else if (await isFree(port)) found.push(port);
  }
  return found;
}

/** Claims a block by listening on its first port until this process ends: no other process can then do so. */
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

/** Whether this process could listen on the port now. */
export function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

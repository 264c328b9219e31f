import { createServer } from 'node:net';
import { HOST } from '../system.ts';
import { StartError } from '../start.error.ts';

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

/** Whether this process could listen on the port now. */
export function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

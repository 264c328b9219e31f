import { createServer } from 'node:net';
import { HOST } from './system.ts';
import { StartError } from './start.error.ts';

/** A port that somebody is going to listen on. */
export interface PortUse {
  port: number;
  neededBy: string;
}

/** Throws one StartError that names every port which is taken, and who needs it. */
export async function checkPorts(uses: readonly PortUse[]): Promise<void> {
  const free = await Promise.all(uses.map(({ port }) => isFree(port)));
  const taken = uses.filter((_, at) => !free[at]);
  if (!taken.length) return;
  throw new StartError(
    taken
      .map(({ port, neededBy }) => `Port ${port} is in use, and ${neededBy} needs it: stop what listens there`)
      .join('\n'),
  );
}

// Below the range from which systems give ports to outgoing connections: none can take one between the look and its use.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Ports that are free now, from a random place, so that runs side by side rarely look at the same ones. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - 1_000));
  for (let port = first; found.length < count && port < HIGHEST; port++) if (await isFree(port)) found.push(port);
  if (found.length < count) throw new StartError(`There are no ${count} free ports between ${first} and ${HIGHEST}`);
  return found;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

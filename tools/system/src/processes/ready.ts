import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../start.error.ts';

const POLL_INTERVAL = 100;

/** Resolves when the app says that it is ready, or when nobody waits any more; its last answer is the error at the limit (ms). */
export async function untilReady(app: string, url: string, limit: number, abandoned: () => boolean): Promise<void> {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await ask(`${url}/readyz`);
    if (answer === 'ready' || abandoned()) return;
    if (Date.now() > deadline)
      throw new StartError(`${app} is not ready after ${limit / 1000} s: ${url}/readyz says ${answer}`);
    await delay(POLL_INTERVAL);
  }
}

async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? 'ready' : `${response.status} ${await response.text()}`;
  } catch {
    return 'nothing';
  }
}

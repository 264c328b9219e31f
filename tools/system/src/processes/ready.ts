import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../start.error.ts';

const POLL_INTERVAL = 100;

/** Resolves when the app is ready, or `abandoned()`; after `limit` ms it throws a StartError with the app's last answer. */
export async function untilReady(app: string, url: string, limit: number, abandoned: () => boolean): Promise<void> {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await ask(`${url}/readyz`);
    if (answer === 'ready' || abandoned()) return;
    if (Date.now() > deadline)
      throw new StartError(`${app} is not ready after ${limit / 1000} s: ${url}/readyz ${answer}`);
    await delay(POLL_INTERVAL);
  }
}

async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? 'ready' : `answers ${response.status} ${await response.text()}`;
  } catch {
    return 'does not answer';
  }
}

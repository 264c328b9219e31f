import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../start.error.ts';

const POLL_INTERVAL = 100;
const TIMEOUT = 2_000;

/** What a process says of itself at /readyz. */
export interface Readiness {
  isReady: boolean;
  /** Its answer: `503 {"ready":false,"waitsFor":{"kafka":"…"}}`, or that there is none. */
  says: string;
}

export async function readinessOf(url: string): Promise<Readiness> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(TIMEOUT) });
    return { isReady: response.ok, says: `${response.status} ${await response.text()}` };
  } catch {
    return { isReady: false, says: 'no answer' };
  }
}

/** Resolves when the app is ready, or `abandoned()`; after `limit` ms it throws a StartError with the app's last answer. */
export async function untilReady(app: string, url: string, limit: number, abandoned: () => boolean): Promise<void> {
  const deadline = Date.now() + limit;
  for (;;) {
    const { isReady, says } = await readinessOf(url);
    if (isReady || abandoned()) return;
    if (Date.now() > deadline)
      throw new StartError(`${app} is not ready after ${limit / 1000} s: ${url}/readyz: ${says}`);
    await delay(POLL_INTERVAL);
  }
}

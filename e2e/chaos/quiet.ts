import { setTimeout as sleep } from 'node:timers/promises';
import { lagsOf, waitingIn } from './brokers.ts';
import type { Customers } from './customers.ts';
import type { Shop } from './shop.ts';

/** Milliseconds after which it counts as stuck: longer than the delays of later attempts that an outage can cause. */
const LIMIT = 180_000;
/** So many looks in a row must find nothing. */
const LOOKS = 3;
const PAUSE = 500;
/** Milliseconds between lines that say what it waits for. */
const SAID_EVERY = 15_000;

/** Resolves when nothing is in flight any more; to what still is, in words, if that takes too long. */
export async function untilQuiet(
  shop: Shop,
  customers: Customers,
  say: (what: string) => void,
): Promise<string | undefined> {
  const until = performance.now() + LIMIT;
  let said = performance.now();
  for (let quiet = 0; ; await sleep(PAUSE)) {
    const waits = await whatWaits(shop, customers).catch(
      (error: Error) => `something does not answer: ${error.message}`,
    );
    quiet = waits ? 0 : quiet + 1;
    if (quiet === LOOKS) return undefined;
    if (waits && performance.now() > until) return waits;
    if (waits && performance.now() - said > SAID_EVERY) {
      said = performance.now();
      say(`waiting: ${waits}`);
    }
  }
}

async function whatWaits(shop: Shop, customers: Customers): Promise<string | undefined> {
  const waiting: Record<string, number> = { 'orders without an answer': customers.unanswered };
  const count = async (app: string, what: string) =>
    (await shop.query<{ count: number }>(app, `select count(*)::int as count from ${what}`)).rows[0]!.count;
  waiting['orders that are pending'] = await count('orders', `orders where status = 'PENDING'`);
  for (const app of ['orders', 'inventory', 'payments', 'notifications'])
    waiting[`messages in the outbox of ${app}`] = await count(app, 'outbox where published_at is null');
  for (const [queue, { messages }] of Object.entries(await waitingIn(shop.servers)))
    waiting[`messages in ${queue}`] = messages;
  for (const [place, lag] of Object.entries(await lagsOf(shop.servers))) waiting[`records in ${place}`] = lag;
  const left = Object.entries(waiting).filter(([, number]) => number);
  if (left.length) return left.map(([what, number]) => `${number} ${what}`).join(', ');
  return (await shop.waitsFor()).join(', ') || undefined;
}

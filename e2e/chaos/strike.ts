import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Kind } from './plan.ts';
import type { Shop } from './shop.ts';

/** Lets a fault happen to the shop; resolves when it is over. */
export async function strike(shop: Shop, { kind, targets, lasts }: Fault): Promise<void> {
  const { begin, end } = WAYS[kind];
  await Promise.all(targets.map((target) => begin(shop, target)));
  if (!end) return;
  await sleep(lasts * 1000);
  await Promise.all(targets.map((target) => end(shop, target)));
}

interface Way {
  begin(shop: Shop, target: string): Promise<void> | void;
  /** Absent if it is over at once: the rest is recovery. */
  end?(shop: Shop, target: string): Promise<void> | void;
}

const WAYS: Record<Kind, Way> = {
  kill: { begin: (shop, target) => shop.signal(target, 'SIGKILL') },
  stop: { begin: (shop, target) => shop.signal(target, 'SIGTERM') },
  freeze: {
    begin: (shop, target) => shop.signal(target, 'SIGSTOP'),
    end: (shop, target) => shop.signal(target, 'SIGCONT'),
  },
  disconnect: {
    begin: (shop, target) => shop.disconnect(target),
    end: (shop, target) => shop.connect(target),
  },
  silence: {
    begin: (shop, target) => shop.silence(target),
    end: (shop, target) => shop.unsilence(target),
  },
};

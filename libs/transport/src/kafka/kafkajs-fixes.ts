import { createRequire } from 'node:module';
import { type ICustomPartitioner, Partitioners } from 'kafkajs';

/**
 * The partition of a message, chosen once. When a request fails in part, kafkajs asks again for the whole batch: a
 * message without key could then land on a partition that counts as done, and be lost while the promise resolves.
 * Keys go where the Java client puts them (murmur2).
 */
export const stablePartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<object, number>();
  return (place) => {
    const partition = chosen.get(place.message) ?? choose(place);
    chosen.set(place.message, partition);
    return partition;
  };
};

/**
 * kafkajs 2.2.4 re-arms a timer on every connection for ever, even with nothing to send: 4 % of a core when idle, and a
 * TimeoutNegativeWarning on Node 24 (tulios/kafkajs#1556, #1704, #1751). Does nothing where kafkajs looks otherwise.
 */
export const stopIdleSpin = (): void => {
  const queue = requestQueue();
  const schedule = queue?.scheduleCheckPendingRequests;
  if (!queue || !schedule || patched.has(schedule)) return;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length || this.throttledUntil > Date.now()) schedule.call(this);
  };
  patched.add(queue.scheduleCheckPendingRequests);
};

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests?: () => void;
}
const patched = new WeakSet<object>();

const requestQueue = (): RequestQueue | undefined => {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js').prototype;
  } catch {
    return undefined; // bundled, or another version
  }
};

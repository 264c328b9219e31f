import { setTimeout as sleep } from 'node:timers/promises';
import type { Customers } from './customers.ts';
import { endOf, type Fault, type Kind, KINDS } from './plan.ts';

/** How long it took until an order that was placed when a fault ended was confirmed or cancelled. */
export interface Recovery {
  kind: Kind;
  /** Whether another fault happened at the same time. */
  overlaps: boolean;
  /** Milliseconds; infinite if that has not happened in time. */
  took: number;
}

/** Milliseconds between two looks at an order. */
const POLL = 50;

/** Places an order, and resolves to the milliseconds until it is confirmed or cancelled; infinite if `signal` aborts before. */
export async function timeOfAnOrder(customers: Customers, signal: AbortSignal): Promise<number> {
  const begin = performance.now();
  const { orderIds } = await customers.order();
  const [orderId] = orderIds;
  if (!orderId) return Infinity;
  for (let turn = 0; !signal.aborted; turn++) {
    const status = await customers.statusOf(orderId, turn);
    if (status === 'CONFIRMED' || status === 'CANCELLED') return performance.now() - begin;
    await sleep(POLL);
  }
  return Infinity;
}

/** Whether another fault of the plan is on when this one is, or begins within two seconds of it. */
export function overlaps(fault: Fault, plan: readonly Fault[]): boolean {
  const end = (one: Fault) => endOf([one]) + 2;
  return plan.some((other) => other !== fault && other.at <= end(fault) && fault.at <= end(other));
}

/** One row per kind of fault: how many, the median and the longest of those that came alone, and of those that overlapped. */
export function recoveryRows(recoveries: readonly Recovery[]): string[][] {
  return KINDS.flatMap((kind) => {
    const own = recoveries.filter((one) => one.kind === kind);
    if (own.length === 0) return [];
    const [alone, overlapping] = [false, true].map((wanted) =>
      inWords(own.filter((one) => one.overlaps === wanted).map(({ took }) => took)),
    );
    return [[kind, `${own.length}`, alone!, overlapping!]];
  });
}

/** `0.4 s, 3.1 s`: the median and the longest. */
function inWords(times: readonly number[]): string {
  if (times.length === 0) return '';
  const sorted = times.toSorted((one, other) => one - other);
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  return [median, longest].map((time) => (time === Infinity ? 'never' : `${(time / 1000).toFixed(1)} s`)).join(', ');
}

import type { Violations } from './reconcile.ts';
import { type Recovery, recoveryRows } from './recovery.ts';

/** What is printed of each kind of violation. */
const SHOWN = 10;

export interface Summary {
  seed: number;
  seconds: number;
  faults: number;
  overlapping: number;
  orders: number;
  confirmed: number;
  cancelled: number;
  requests: number;
  /** Seconds from the last order and fault until nothing was in flight any more. */
  quietAfter: number;
  /** Events and commands that are in their topic more than once: inboxes drop the second. */
  publishedAgain: number;
  recoveries: readonly Recovery[];
  violations: Violations;
}

/** Two tables in Markdown, and what is wrong. */
export function reportOf(summary: Summary): string {
  const { violations, recoveries } = summary;
  const { lost, doubled, stuck, outOfOrder, contradictory, deadLetters } = violations;
  const minutes = (summary.seconds / 60).toFixed(1);
  const counts = [
    [
      'seed',
      'faults (overlapping)',
      'orders',
      'lost',
      'doubled',
      'stuck',
      'out of order',
      'contradictory',
      'dead letters',
    ],
    [
      `${summary.seed}`,
      `${summary.faults} (${summary.overlapping})`,
      summary.orders.toLocaleString('en'),
      ...[lost, doubled, stuck, outOfOrder, contradictory, deadLetters].map((list) => `${list.length}`),
    ],
  ];
  const recovered = [['fault', 'times', 'alone: median, longest', 'overlapping'], ...recoveryRows(recoveries)];
  return [
    `${minutes} min, ${summary.confirmed.toLocaleString('en')} orders confirmed, ${summary.cancelled.toLocaleString('en')} cancelled, ` +
      `${summary.requests.toLocaleString('en')} requests, quiet after ${summary.quietAfter.toFixed(1)} s, ` +
      `${summary.publishedAgain} events published again`,
    '',
    tableOf(counts),
    '',
    tableOf(recovered),
    ...Object.entries(violations).flatMap(([kind, list]: [string, string[]]) =>
      list.length === 0 ? [] : ['', `${kind}: ${list.length}`, ...shown(list)],
    ),
  ].join('\n');
}

function tableOf([head, ...rows]: string[][]): string {
  const widths = head!.map((_, column) => Math.max(...[head!, ...rows].map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function shown(list: readonly string[]): string[] {
  const more = list.length - SHOWN;
  return [...list.slice(0, SHOWN).map((one) => `  ${one}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}

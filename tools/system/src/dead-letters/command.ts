import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ageOf, type Filters, matching, overtaken } from './filters.ts';
import { jsonOf, pageOf, summaryOf, tableOf } from './printing.ts';
import type { DeadLetter, DeadLetterStore } from './store.ts';

export const USAGE = `npm run dead-letters -- list|show <id>|redrive|discard [options]

  --type <name>         of this operation or event, in full or its last part
  --reason <reason>     INVALID_INPUT, INTERNAL, …
  --key <key>           of this key (Kafka)
  --in <place>          in this queue or topic of dead letters, or of this queue or topic
  --older-than <age>    30s, 10m, 2h, 3d
  --newer-than <age>
  --queue <name>        looks at this queue, too, which no contract of libs/contracts names
  --limit <n>           so many at most, the oldest ones
  --rate <n>            redrives so many per second
  --dry-run             says what redrive or discard would do
  --yes                 discards without a question
  --json                for scripts`;

export interface Command {
  name: 'list' | 'show' | 'redrive' | 'discard';
  id?: string;
  filters: Filters;
  rate?: number;
  /** Further queues, without prefix. */
  queues: string[];
  dryRun: boolean;
  yes: boolean;
  json: boolean;
}

/** Throws a TypeError that says what is wrong. */
export const parseCommand = (args: string[]): Command => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...{
        type: text,
        reason: text,
        key: text,
        in: text,
        'older-than': text,
        'newer-than': text,
        limit: text,
        rate: text,
      },
      queue: { type: 'string', multiple: true },
      ...{ 'dry-run': flag, yes: flag, json: flag },
    },
  });
  const [name, id, ...others] = positionals;
  if (name !== 'list' && name !== 'show' && name !== 'redrive' && name !== 'discard') throw new TypeError(USAGE);
  if ((name === 'show') !== (id !== undefined) || others.length) throw new TypeError(USAGE);
  const number = (option: 'limit' | 'rate') => {
    const value = values[option];
    if (value === undefined) return undefined;
    if (!/^[1-9]\d*$/.test(value)) throw new TypeError(`--${option} ${value}: a number above 0 is wanted`);
    return Number(value);
  };
  const { type, reason, key, in: place, 'older-than': older, 'newer-than': newer } = values;
  return {
    name,
    id,
    filters: {
      ...{ type, reason, key, in: place, limit: number('limit') },
      olderThan: older === undefined ? undefined : ageOf(older),
      newerThan: newer === undefined ? undefined : ageOf(newer),
    },
    rate: number('rate'),
    queues: values.queue ?? [],
    dryRun: values['dry-run'] ?? false,
    yes: values.yes ?? false,
    json: values.json ?? false,
  };
};

export interface Terminal {
  print(line: string): void;
  /** Whether the user says yes. */
  confirm(question: string): Promise<boolean>;
}

/** Runs a command over the dead letters of all brokers; resolves to the number of letters that it was about. */
export const runCommand = async (
  { name, id, filters, rate, dryRun, yes, json }: Command,
  stores: readonly DeadLetterStore[],
  { print, confirm }: Terminal,
): Promise<number> => {
  const found = await Promise.all(stores.map(async (store) => ({ store, all: await store.list() })));
  const all = found.flatMap((one) => one.all);
  const chosen = name === 'show' ? all.filter((letter) => letter.id === id) : matching(all, filters);
  if (name === 'show' && !chosen.length) throw new TypeError(`no dead letter has the id ${id}`);
  if (json) print(JSON.stringify(chosen.map(jsonOf), null, 2));
  else if (name === 'show') for (const letter of chosen) print(pageOf(letter));
  else if (name === 'list') print(tableOf(chosen));
  if (name === 'list' || name === 'show') return chosen.length;

  const passed = overtaken(all, chosen);
  if (passed.length && name === 'redrive')
    print(`${passed.length} earlier dead letters of the same keys stay, and are overtaken: ${passed[0]!.id}, …`);
  if (dryRun) {
    if (!json) for (const letter of chosen) print(`would ${name} ${letter.id} (${letter.type}, ${letter.reason})`);
    print(`would ${name} ${chosen.length} of ${all.length} dead letters; nothing was changed`);
    return chosen.length;
  }
  if (name === 'discard' && chosen.length && !yes) {
    for (const line of summaryOf(chosen)) print(line);
    if (!(await confirm(`discard ${chosen.length} dead letters for good?`))) return 0;
  }
  for (const { store, all: own } of found) {
    const isOwn = new Set(own);
    const letters = chosen.filter((letter) => isOwn.has(letter));
    if (name === 'discard') await store.discard(letters);
    else await redriveAt(rate, store, letters);
  }
  print(`${name === 'discard' ? 'discarded' : 'redrove'} ${chosen.length} of ${all.length} dead letters`);
  return chosen.length;
};

/** At most `rate` letters per second. */
const redriveAt = async (rate: number | undefined, store: DeadLetterStore, letters: DeadLetter[]): Promise<void> => {
  if (!rate) return store.redrive(letters);
  for (let at = 0; at < letters.length; at += rate) {
    if (at) await sleep(1000);
    await store.redrive(letters.slice(at, at + rate));
  }
};

/** Checks that the migrations of every app rise in time: the migrator skips one that is older than the newest that it has applied. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Entry {
  idx: number;
  /** Milliseconds since the epoch. */
  when: number;
  tag: string;
}

/** What is wrong with one journal, `meta/_journal.json`, in words. */
export const wrongIn = ({ entries }: { entries: Entry[] }): string[] =>
  entries.flatMap(({ tag, when }, at) => {
    const before = entries[at - 1];
    if (!before || before.when < when) return [];
    return [
      `${tag} is not newer than ${before.tag}, so databases that have ${before.tag} would skip it: delete it and generate it again`,
    ];
  });

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '../../..');
  const journals = globSync('apps/*/migrations/meta/_journal.json', { cwd: root });
  const wrong = journals.flatMap((file) =>
    wrongIn(JSON.parse(readFileSync(join(root, file), 'utf8'))).map((line) => `${file}: ${line}`),
  );
  for (const line of wrong) console.error(line);
  if (wrong.length) process.exitCode = 1;
  else console.log(`Migrations: ${journals.length} journals checked, all rise`);
}

/**
 * `node e2e/faults/find-planted-bugs.ts [<part of a name>]`: plants each bug in a copy of the workspace and plays histories
 * until one finds it. Fails if 200 do not.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bug, BUGS } from './planted-bugs.ts';

const ROOT = join(import.meta.dirname, '../..');
const HISTORIES = '200';

const plant = (folder: string, { name, edits }: Bug): void => {
  for (const { file, from, to } of edits) {
    const source = readFileSync(join(folder, file), 'utf8');
    if (source.split(from).length !== 2)
      throw new Error(`"${name}" cannot be planted: ${file} has not exactly one ${from}`);
    writeFileSync(join(folder, file), source.replace(from, to));
  }
};

/** The line that says which seed found it. */
const find = (bug: Bug): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'fourfold-bug-'));
  try {
    execFileSync('git', ['clone', '--quiet', ROOT, folder]);
    execFileSync('cp', ['-al', join(ROOT, 'node_modules'), folder]);
    plant(folder, bug);
    const args = ['vitest', 'run', '--root', 'e2e', '--config', 'faults/vitest.config.ts'];
    const { stdout, stderr } = spawnSync('npx', args, {
      cwd: folder,
      env: { ...process.env, HISTORIES },
      encoding: 'utf8',
    });
    return `${stdout}\n${stderr}`.match(/seed \d+: .*/)?.[0];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const missed: string[] = [];
for (const bug of BUGS.filter(({ name }) => name.includes(process.argv[2] ?? ''))) {
  const found = find(bug);
  console.log(`${bug.name}: ${found?.slice(0, 200) ?? `not found in ${HISTORIES} histories`}`);
  if (!found) missed.push(bug.name);
}
if (missed.length > 0) process.exitCode = 1;

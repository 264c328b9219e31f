/**
 * `npx node e2e/faults/find-planted-bugs.ts [<part of a name>]`: plants each bug in a copy of the workspace and plays histories
 * until one finds it, two bugs at a time. Fails if 200 histories do not.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Bug, BUGS } from './planted-bugs.ts';

const ROOT = join(import.meta.dirname, '../..');
const HISTORIES = '200';
const AT_A_TIME = 2;

const run = promisify(execFile);

const plant = async (folder: string, { name, edits }: Bug): Promise<void> => {
  for (const { file, from, to } of edits) {
    const source = await readFile(join(folder, file), 'utf8');
    if (source.split(from).length !== 2)
      throw new Error(`"${name}" cannot be planted: ${file} has not exactly one ${from}`);
    await writeFile(
      join(folder, file),
      source.replace(from, () => to),
    );
  }
};

/** The line that says which seed found it; undefined if none did. */
const find = async (bug: Bug): Promise<string | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), 'fourfold-bug-'));
  try {
    await run('git', ['clone', '--quiet', ROOT, folder]);
    await run('cp', ['-al', join(ROOT, 'node_modules'), folder]);
    await plant(folder, bug);
    const suite = `${bug.suite ?? 'shop'}.faults`;
    const played = await run('npx', ['vitest', 'run', '--root', 'e2e', '--config', 'faults/vitest.config.ts', suite], {
      cwd: folder,
      env: { ...process.env, HISTORIES, SYSTEMS: '1' },
      maxBuffer: 2 ** 26,
    }).catch((failed: { stdout: string; stderr: string }) => failed);
    const output = `${played.stdout}\n${played.stderr}`;
    const found = /seed \d+: .*/.exec(output)?.[0];
    if (!found && !output.includes('no violation')) throw new Error(`"${bug.name}" could not be played:\n${output}`);
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const waiting = BUGS.filter(({ name }) => name.includes(process.argv[2] ?? ''));
const findSome = async (): Promise<void> => {
  for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
    const found = await find(bug);
    console.log(`${bug.name}: ${found?.slice(0, 200) ?? `not found in ${HISTORIES} histories`}`);
    if (!found) process.exitCode = 1;
  }
};
await Promise.all(Array.from({ length: AT_A_TIME }, findSome));

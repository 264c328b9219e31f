/** `buf breaking` against main: within v1 only compatible changes. Where there is no main with a proto/ to compare with, it says so. */
import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
// on main itself, what it was a commit ago
const base = ['origin/main', 'main', 'HEAD^'].find((it) => git('cat-file', '-e', `${it}:proto`) && !isHead(it));

if (!base) console.log('buf breaking: no main branch with proto/ here to compare with');
else {
  const commit = execFileSync('git', ['rev-parse', base], { cwd: root, encoding: 'utf8' }).trim();
  const { status } = spawnSync('buf', ['breaking', '--against', `.git#ref=${commit}`], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

function isHead(revision: string): boolean {
  const commitOf = (it: string) => execFileSync('git', ['rev-parse', it], { cwd: root, encoding: 'utf8' });
  return commitOf(revision) === commitOf('HEAD');
}

function git(...args: string[]): boolean {
  return spawnSync('git', args, { cwd: root, stdio: 'ignore' }).status === 0;
}

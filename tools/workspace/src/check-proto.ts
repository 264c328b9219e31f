/** Checks proto/ with buf: its format, its lint rules, and that it is compatible with main, since v1 may only change compatibly. */
import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
// on main itself, the commit before
const base = ['origin/main', 'main', 'HEAD^'].find((it) => hasProto(it) && commitOf(it) !== commitOf('HEAD'));

if (
  !buf('format', '--diff', '--exit-code') ||
  !buf('lint') ||
  !(base === undefined || buf('breaking', '--against', `.git#ref=${commitOf(base)}`))
)
  process.exitCode = 1;
else if (base) console.log(`proto/: format and lint passed, compatible with ${base}`);
else console.log('proto/: format and lint passed; no main branch with proto/ to compare with');

function buf(...args: string[]): boolean {
  const { status, error } = spawnSync('buf', args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  return status === 0;
}

function hasProto(revision: string): boolean {
  return spawnSync('git', ['cat-file', '-e', `${revision}:proto`], { cwd: root, stdio: 'ignore' }).status === 0;
}

function commitOf(revision: string): string {
  return execFileSync('git', ['rev-parse', revision], { cwd: root, encoding: 'utf8' }).trim();
}

/** `buf breaking` against main: within v1 only compatible changes. Where there is no main with a proto/ to compare with, it says so. */
import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const base = ['origin/main', 'main'].find((branch) => git('cat-file', '-e', `${branch}:proto`));

if (!base) console.log('buf breaking: no main branch with proto/ here to compare with');
else {
  const commit = execFileSync('git', ['rev-parse', base], { cwd: root, encoding: 'utf8' }).trim();
  const { status } = spawnSync('buf', ['breaking', '--against', `.git#ref=${commit}`], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

function git(...args: string[]): boolean {
  return spawnSync('git', args, { cwd: root, stdio: 'ignore' }).status === 0;
}

/** `npm run migrate [-- <app>...]`: applies the migrations of built apps to the databases that their environment names. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { environmentFor } from './app-environment.ts';
import { ROOT } from '../run.ts';
import { apps } from '../system.ts';

const named = process.argv.slice(2);
const stored = apps.filter(({ name, needs }) => needs.includes('database') && (!named.length || named.includes(name)));

for (const { name } of stored) {
  const { status } = spawnSync(process.execPath, ['dist/main.js', '--migrate'], {
    cwd: join(ROOT, 'apps', name),
    env: { ...environmentFor(name), ...process.env },
    stdio: 'inherit',
  });
  if (status) process.exitCode = status;
}

import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { formatFiles, type Tree } from '@nx/devkit';
import type { Service } from '../workspace/services.ts';

/** What follows once the files are written. */
export interface Follow {
  /** package.json files changed: the lock must follow. */
  install?: boolean;
  /** The service whose tables are new: its first migration, which has its name. */
  migration?: Service;
  /** What to do next, and what that is. */
  next: [what: string, about: string][];
}

/** Formats what changed, and gives Nx what to do when it is on disk: nothing of it under `--dry-run`. */
export const finish = async (tree: Tree, { install, migration, next }: Follow): Promise<() => Promise<void>> => {
  await formatFiles(tree);
  const node = (...args: string[]) => run(tree.root, process.execPath, args);
  // no package is new but ours, which have no scripts
  const npmInstall = () =>
    run(tree.root, 'npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']);
  return async () => {
    if (install) await npmInstall().then(() => node('tools/workspace/src/lock.ts'));
    await Promise.all([
      node('tools/workspace/src/generate.ts'), // it imports what install links
      migration &&
        node(
          DRIZZLE_KIT,
          'generate',
          '--config',
          `${migration.root}/drizzle.config.ts`,
          '--name',
          migration.names.kebab,
        ),
    ]);
    const width = Math.max(...next.map(([what]) => what.length));
    const lines = next.map(([what, about]) => `  ${what.padEnd(width)}   ${about}`);
    console.log(['', 'Next:', '', ...lines, ''].join('\n'));
  };
};

const DRIZZLE_KIT = 'node_modules/drizzle-kit/bin.cjs';

async function run(cwd: string, command: string, args: string[]): Promise<void> {
  try {
    const PATH = `${join(cwd, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`;
    const shell = process.platform === 'win32'; // npm is a .cmd there
    await promisify(execFile)(command, args, { cwd, shell, env: { ...process.env, PATH } });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const output = `${stdout}${stderr}`.trimEnd();
    const line = [command === process.execPath ? 'node' : command, ...args].join(' ');
    throw new Error(`The files are written, but this failed; mend it, and run it again:\n\n  ${line}\n\n${output}`, {
      cause: error,
    });
  }
}

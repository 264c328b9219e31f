import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { formatFiles, type Tree } from '@nx/devkit';
import type { Service } from '../workspace/services.ts';

/** What a generator does after its files are written. */
export interface FollowUp {
  /** Whether package.json files changed, so that packages must be linked and the lock updated. */
  install?: boolean;
  /** A service with new tables: its first migration is generated, and named after it. */
  migration?: Service;
  /** What to do next: a command or a place, and what it is for. */
  next: [what: string, about: string][];
}

/** Formats what changed, and returns what Nx runs once it is on disk (not under `--dry-run`). */
export const finish = async (tree: Tree, { install, migration, next }: FollowUp): Promise<() => Promise<void>> => {
  await formatFiles(tree);
  const node = (...args: string[]) => run(tree.root, process.execPath, args);
  // the only new packages are of this workspace, and have no scripts
  const npmInstall = () =>
    run(tree.root, 'npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']);
  return async () => {
    if (install) await npmInstall().then(() => node('tools/workspace/src/lock.ts'));
    await run(tree.root, 'buf', ['format', '-w']);
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
    throw new Error(
      `The files were written, but this command failed. Fix the cause, then run it again:\n\n  ${line}\n\n${output}`,
      {
        cause: error,
      },
    );
  }
}

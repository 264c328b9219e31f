/**
 * `build.ts [--into=<folder>] <project folder>...`: bundles each project into its dist/, or into a folder of its name in another
 * one. npm packages are not bundled, since Nest loads transports by name; but see BUNDLED.
 */
import { cp, readFile, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown';

export interface Bundle {
  input: InputOptions;
  output: OutputOptions;
}

/**
 * Of an app, this package as well: Node parses its package.json of 180 kB again and again while it loads the package's many files.
 * Loading orders costs 545 ms of CPU with it in the bundle, and 935 ms without (November 2026, medians of 5).
 */
const BUNDLED = /^drizzle-orm(\/|$)/;
const OURS = /^(\.|\/|\0|@fourfold\/|@oxc-project\/runtime|[A-Za-z]:)/;

/** The bundle of an app's main.ts, or of the entry points of a lib. */
export async function bundleOf(folder: string, into = distOf(folder)): Promise<Bundle> {
  const isApp = existsSync(resolve(folder, 'src/main.ts'));
  return {
    input: {
      cwd: folder,
      input: isApp ? 'src/main.ts' : await entryPointsOf(folder),
      platform: 'node',
      tsconfig: resolve(import.meta.dirname, '../../../tsconfig.base.json'),
      external: (id) => !OURS.test(id) && !(isApp && BUNDLED.test(id)),
      logLevel: 'warn',
      treeshake: false, // as minify: otherwise local variables are inlined, and a debugger cannot stop at them or show them
      onwarn(warning) {
        throw new Error(`${folder}: ${warning.message}`);
      },
    },
    output: {
      dir: into,
      format: 'esm',
      sourcemap: true,
      minify: false,
      keepNames: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
    },
  };
}

export async function build(folder: string, into = distOf(folder)): Promise<void> {
  const { input, output } = await bundleOf(folder, into);
  await rm(into, { recursive: true, force: true });
  if (!input.input!.length) return; // a package without entry points
  await using bundle = await rolldown(input);
  await bundle.write(output);
  await copyAssets(folder, into);
  if (into !== distOf(folder)) await linkPackages(folder, into);
}

/** Folders of files that a service reads at run time: its migrations, and what it serves to browsers. */
const ASSETS = ['migrations', 'web'];

export async function copyAssets(folder: string, into = distOf(folder)): Promise<void> {
  for (const from of assetsOf(folder)) await cp(from, join(into, basename(from)), { recursive: true });
}

export function assetsOf(folder: string): string[] {
  return ASSETS.map((name) => resolve(folder, name)).filter(existsSync);
}

/** npm puts a package there if another version of it is at the root; a bundle elsewhere would get that one. */
async function linkPackages(folder: string, into: string): Promise<void> {
  const packages = resolve(folder, 'node_modules');
  if (existsSync(packages)) await symlink(packages, join(into, 'node_modules'), 'junction');
}

function distOf(folder: string): string {
  return resolve(folder, 'dist');
}

/** The files that `exports` of package.json lists, without tests, suites, type tests and fixtures. */
async function entryPointsOf(folder: string): Promise<string[]> {
  const { exports = {} } = JSON.parse(await readFile(resolve(folder, 'package.json'), 'utf8'));
  const { glob } = await import('node:fs/promises');
  const entryPoints: string[] = [];
  for (const target of Object.values<string | null>(exports))
    if (target?.endsWith('.ts'))
      for await (const file of glob(target, { cwd: folder }))
        if (!/\.(spec|suite|types|fixture)\.ts$/.test(file)) entryPoints.push(file);
  return entryPoints;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { into: { type: 'string' } } });
  for (const folder of positionals)
    await build(resolve(folder), values.into && resolve(values.into, basename(resolve(folder))));
}

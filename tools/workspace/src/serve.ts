/** `serve.ts <app folder>`: runs one app from its sources and restarts it after each edit, also in a lib. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type PluginContext, watch } from 'rolldown';
import { environmentFor } from '@fourfold/system/commands/app-environment';
import { onParentExit } from '@fourfold/system/processes/on-parent-exit';
import { assetsOf, bundleOf, copyAssets } from './build.ts';

const folder = resolve(process.argv[2] ?? '.');
const app = basename(folder);
const { input, output } = await bundleOf(folder);
const watcher = watch({ ...input, output, plugins: [{ name: 'assets', buildStart: watchAssets }] });
const environment = { ...environmentFor(app), ...process.env };
let child: ChildProcess | undefined;
let restarting = Promise.resolve();

watcher.on('event', (event) => {
  if (event.code === 'ERROR') console.error(`${app}: ${event.error.message}`);
  if (event.code === 'BUNDLE_END') {
    void event.result.close();
    restarting = restarting.then(() => copyAssets(folder)).then(restart);
  }
});
onParentExit(() => void stop());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop());

/** Migrations and files for browsers are no part of the bundle. */
async function watchAssets(this: PluginContext): Promise<void> {
  for (const root of assetsOf(folder)) for await (const file of glob(`${root}/**/*.*`)) this.addWatchFile(file);
}

async function restart(): Promise<void> {
  await endChild();
  child = spawn(process.execPath, ['--enable-source-maps', resolve(folder, 'dist/main.js')], {
    cwd: folder,
    env: environment,
    stdio: 'inherit',
  });
}

/** Lets the old process finish its work as in production, but only for a second: a developer waits for the new one. */
async function endChild(): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timeout = setTimeout(() => child!.kill('SIGKILL'), 1000);
  await ended;
  clearTimeout(timeout);
}

async function stop(): Promise<void> {
  await watcher.close();
  await endChild();
  process.exit(0);
}

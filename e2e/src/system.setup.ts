import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryFolder } from '@fourfold/system/machine/memory-folder';
import { type Brokers, DEFAULT_BROKERS } from '@fourfold/system/providers/brokers';
import { toFile } from '@fourfold/system/printing/output';
import { run } from '@fourfold/system/run';
import { apps } from '@fourfold/system/system';
import type { TestProject } from 'vitest/node';

/** vitest's global set-up: the whole system, with its own ports and data. Its log is kept, to be read after a failure. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const brokers = (process.env['BROKERS'] as Brokers) || DEFAULT_BROKERS;
  const log = join(tmpdir(), `fourfold-e2e-${process.pid}.log`);
  process.env['TMPDIR'] ??= memoryFolder();
  // a spec may put nginx in front of an app
  const environment = (_: unknown, own: Record<string, string>) => ({ ...own, TRUSTED_PROXIES: '127.0.0.1' });
  const system = await run({ fresh: true, brokers, output: toFile(log), environment });
  console.log(`e2e: the system runs over ${brokers} brokers; its log is ${log}`);
  project.provide('addresses', system.addresses);
  project.provide('mains', Object.fromEntries(apps.map(({ name }) => [name, system.mainOf(name)])));
  return () => system.stop();
}

/** An app as a process: what it says and how it exits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '@fourfold/system/run';
import { addresses, type App, apps, environmentOf } from '@fourfold/system/system';
import { describe, expect, it } from 'vitest';
import { mainOf } from './addresses.ts';

/** Runs an app until it exits. `preload` is the source of a module that is loaded first. */
const runApp = async (app: App, changed: Record<string, string>, preload = '') => {
  const begin = performance.now();
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${preload}`, mainOf(app.name)], {
    cwd: join(ROOT, 'apps', app.name),
    env: { ...environmentOf(app, addresses), LOG_FORMAT: 'json', HTTP_PORT: '0', GRPC_PORT: '0', ...changed },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'exit');
  return { code, lines: output.trim().split('\n'), took: performance.now() - begin };
};

describe.each(apps.slice(0, 1))('$name', (app) => {
  it('says in one line why its start cannot work, and exits with 78 (EX_CONFIG)', async () => {
    const { code, lines, took } = await runApp(app, { LOG_LEVEL: 'loud' });
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${app.name}: LOG_LEVEL must be`))]);
    expect(code).toBe(78);
    expect(took).toBeLessThan(5000); // 0.6 s on an idle machine
  });

  it('writes what nobody catches in one line, and exits with 1', async () => {
    const { code, lines } = await runApp(app, {}, `setTimeout(() => { throw new Error('boom') }, 2500)`);
    const failures = lines.filter((line) => line.includes('boom'));
    expect(failures).toHaveLength(1);
    expect(JSON.parse(failures[0]!)).toMatchObject({ level: 'error', context: 'uncaughtException' });
    expect(code).toBe(1);
  });
});

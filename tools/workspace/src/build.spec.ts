import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from './build.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fourfold-build-'));
  const files = {
    'package.json': '{ "type": "module" }',
    'node_modules/versioned/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/versioned/index.js': 'export const version = 1;',
    'apps/app/node_modules/versioned/package.json': '{ "type": "module", "exports": "./index.js" }',
    'apps/app/node_modules/versioned/index.js': 'export const version = 2;',
    'node_modules/drizzle-orm/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/drizzle-orm/index.js': `export const bundled = 'bundled';`,
    'apps/app/migrations/0000_first.sql': 'select 1;',
    'apps/app/web/page.js': 'show();',
    'apps/app/src/main.ts': `import { bundled } from 'drizzle-orm';\nimport { version } from 'versioned';\nconsole.log(bundled, String(version));\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

it.each(['apps/app/dist', '.builds/1/apps/app'])(
  'an app in %s finds its own packages, its migrations and its files for browsers',
  async (into) => {
    await build(join(root, 'apps/app'), join(root, into));

    expect(execFileSync(process.execPath, [join(root, into, 'main.js')], { encoding: 'utf8' })).toBe('bundled 2\n');
    expect(await readFile(join(root, into, 'main.js'), 'utf8')).not.toMatch(/from ['"]drizzle-orm/);
    expect(await readFile(join(root, into, 'migrations/0000_first.sql'), 'utf8')).toBe('select 1;');
    expect(await readFile(join(root, into, 'web/page.js'), 'utf8')).toBe('show();');
  },
);

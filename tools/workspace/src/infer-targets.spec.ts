import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CreateNodesContextV2 } from '@nx/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNodesV2 } from './infer-targets.ts';

const CHECKS = ['lint', 'typecheck'];
const FILES = [
  'apps/front/package.json',
  'apps/front/tsconfig.web.json',
  'apps/store/package.json',
  'apps/store/drizzle.config.ts',
  'libs/plain/package.json',
  'libs/wire/package.json',
  'libs/wire/src/calls.brokers.spec.ts',
  'apps/store/src/store.faults.spec.ts',
  'tools/generators/package.json',
  'tools/generators/src/rename/rename.workspace.spec.ts',
  'e2e/package.json',
  'e2e/chaos/chaos.ts',
  'e2e/faults/shop.faults.spec.ts',
  'e2e/outages/outages.spec.ts',
  'e2e/races/races.spec.ts',
  'e2e/page/page.spec.ts',
  'e2e/rolling/rolling.spec.ts',
];

let workspaceRoot: string;
beforeAll(() => {
  workspaceRoot = mkdtempSync(join(tmpdir(), 'infer-targets-'));
  for (const file of FILES) {
    mkdirSync(dirname(join(workspaceRoot, file)), { recursive: true });
    writeFileSync(join(workspaceRoot, file), '{}');
  }
});
afterAll(() => rmSync(workspaceRoot, { recursive: true }));

const targetNames = async (root: string) => Object.keys(await targetsOf(root)).sort();
const targetsOf = async (root: string) => {
  const [, createNodes] = createNodesV2;
  const context = { workspaceRoot, nxJsonConfiguration: {} } as CreateNodesContextV2;
  const [[, { projects }]] = (await createNodes([`${root}/package.json`], undefined, context)) as any;
  return projects[root].targets;
};

it('gives all projects the same targets, and apps also serve', async () => {
  expect(await targetNames('libs/plain')).toEqual(['build', ...CHECKS, 'test'].sort());
  expect(await targetNames('apps/front')).toEqual(['build', ...CHECKS, 'serve', 'test'].sort());
});
it('gives a service with a database the target migration', async () => {
  expect(await targetNames('apps/store')).toContain('migration');
});
it('gives a service with histories the target faults', async () => {
  expect(await targetNames('apps/store')).toContain('faults');
});
it('gives a project with tests over real brokers the target native', async () => {
  expect(await targetNames('libs/wire')).toContain('native');
});
it('gives e2e a target for each folder of what takes minutes, and no target test', async () => {
  expect(await targetNames('e2e')).toEqual(
    ['chaos', 'e2e', 'faults', 'outages', 'page', 'races', 'rolling', ...CHECKS].sort(),
  );
});
it('checks the types of code for browsers apart from those of code for Node', async () => {
  expect((await targetsOf('apps/front')).typecheck.command).toMatch(
    /front\/tsconfig.json && .*front\/tsconfig.web.json$/,
  );
  expect((await targetsOf('apps/store')).typecheck.command).not.toContain('web');
});
it('gives a project with tests in a copy of the workspace the target workspace', async () => {
  expect(await targetNames('tools/generators')).toContain('workspace');
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { CreateNodesContextV2 } from '@nx/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNodesV2 } from './infer-targets.ts';

const HERE = resolve(import.meta.dirname, '../../..');
const CHECKS = ['lint', 'typecheck'];
let other: string;
beforeAll(() => {
  other = mkdtempSync(join(tmpdir(), 'fourfold-plugin-'));
  for (const file of ['apps/front/package.json', 'apps/store/package.json', 'apps/store/drizzle.config.ts']) {
    mkdirSync(dirname(join(other, file)), { recursive: true });
    writeFileSync(join(other, file), '{}');
  }
});
afterAll(() => rmSync(other, { recursive: true }));

const targetsOf = async (root: string, workspaceRoot = HERE) => {
  const [, createNodes] = createNodesV2;
  const context = { workspaceRoot, nxJsonConfiguration: {} } as CreateNodesContextV2;
  const [[, { projects }]] = (await createNodes([`${root}/package.json`], undefined, context)) as any;
  return Object.keys(projects[root].targets).sort();
};

it('gives all projects the same targets, and apps also serve', async () => {
  expect(await targetsOf('libs/contracts')).toEqual(['build', ...CHECKS, 'test'].sort());
  expect(await targetsOf('apps/front', other)).toEqual(['build', ...CHECKS, 'serve', 'test'].sort());
});
it('gives a service with a database the target migration', async () => {
  expect(await targetsOf('apps/store', other)).toContain('migration');
});
it('gives a project with tests over real brokers the target native', async () => {
  expect(await targetsOf('libs/transport')).toContain('native');
});
it('gives e2e no target test', async () => {
  expect(await targetsOf('e2e')).toEqual(['e2e', ...CHECKS].sort());
});
it('gives a project with tests in a copy of the workspace the target workspace', async () => {
  expect(await targetsOf('tools/generators')).toContain('workspace');
});
